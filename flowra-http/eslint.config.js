import js from "@eslint/js";
import globals from "globals";

export default [
  js.configs.recommended,
  { files: ["assets/*.js"], languageOptions: { globals: { ...globals.browser, htmx: "readonly", Alpine: "readonly" } } },
  { files: ["web-tests/*.js", "web-bench/*.js"], languageOptions: { globals: { ...globals.node, ...globals.browser } } },
];
