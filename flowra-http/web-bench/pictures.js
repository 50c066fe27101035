// Takes the pictures of the README, of the sample team, into the folder that PICTURES names: see scripts/web.
import { spawn } from "node:child_process";
import { chromium } from "playwright-core";

const FLOWRA = process.env.SERVER_BIN ?? "../target/release/flowra";
const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";
const folder = process.env.PICTURES ?? ".";

const server = spawn(FLOWRA, ["serve", "--demo", "--listen", "127.0.0.1:0"], { stdio: ["ignore", "pipe", "ignore"], env: { PATH: process.env.PATH } });
/** @type {string} */
const said = await new Promise((found, failed) => {
  let text = "";
  server.stdout.on("data", (part) => {
    text += part;
    if (/Password: \S+/.test(text)) found(text);
  });
  server.on("exit", (code) => failed(new Error(`the server ended with ${code}`)));
});
const [, address] = /runs at (\S+)/.exec(said) ?? [];
const [, username] = /Username: (\S+)/.exec(said) ?? [];
const [, password] = /Password: (\S+)/.exec(said) ?? [];

const browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
try {
  const open = async (/** @type {"light" | "dark"} */ theme) => {
    const context = await browser.newContext({ baseURL: address, viewport: { width: 1100, height: 680 }, colorScheme: theme, reducedMotion: "reduce" });
    const page = await context.newPage();
    await page.goto("/sign-in");
    await page.getByLabel("Username").fill(username);
    await page.getByLabel("Password", { exact: true }).fill(password);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.waitForSelector("body[data-live]");
    return page;
  };
  const take = async (/** @type {import("playwright-core").Page} */ page, /** @type {string} */ name) => {
    await page.waitForTimeout(700);
    await page.screenshot({ path: `${folder}/${name}.png` });
  };
  const light = await open("light");
  await light.locator("#sidebar .chat-link", { hasText: "engineering" }).click();
  await light.waitForSelector("body[data-live]");
  await light.locator(".message", { hasText: "yesterday's list" }).locator(".replies a").click();
  await light.locator("#thread .message").first().waitFor();
  await take(light, "chat");
  const dark = await open("dark");
  await dark.getByRole("link", { name: "Board" }).click();
  await dark.waitForSelector("body[data-live]");
  await take(dark, "board");
} finally {
  await browser.close();
  server.kill("SIGTERM");
}
