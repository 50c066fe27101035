// What a control does by itself, without the server: Alpine components, which templates name as `x-data`.
import { tell } from "./ask.js";

/** @typedef {{ $root: HTMLElement, $refs: Record<string, HTMLElement> }} Parts */

/** Tells Alpine the components; it starts them wherever they come into the page. */
export function components() {
  document.addEventListener("alpine:init", () => {
    Alpine.data("menu", menu);
    Alpine.data("secret", secret);
    Alpine.data("copy", copy);
    Alpine.data("finder", finder);
  });
}

/** A menu that folds itself away: by Escape, when something else is clicked, and when a dialog opens from it. */
function menu() {
  return {
    /** @this {Parts} */
    close() {
      this.$root.removeAttribute("open");
    },
    /**
     * @this {Parts}
     * @param {MouseEvent} event
     */
    pick(event) {
      if (/** @type {Element} */ (event.target).closest("[data-dialog]")) fold(this.$root);
    },
    /** @this {Parts} */
    leave() {
      if (this.$root.hasAttribute("open")) fold(this.$root);
    },
  };
}

/** @param {HTMLElement} menu */
function fold(menu) {
  menu.removeAttribute("open");
  // What had the focus is hidden now.
  menu.querySelector("summary")?.focus();
}

/** A password that its writer may look at. */
function secret() {
  return {
    isShown: false,
    get type() {
      return this.isShown ? "text" : "password";
    },
    /** @this {Parts} */
    init() {
      this.$refs.button.hidden = false;
    },
    toggle() {
      this.isShown = !this.isShown;
    },
  };
}

/** Something to be copied by a button. */
function copy() {
  return {
    /** @this {Parts} */
    init() {
      this.$refs.button.hidden = false;
    },
    /** @this {Parts} */
    async copy() {
      const text = /** @type {HTMLInputElement} */ (this.$refs.text);
      text.select();
      try {
        // Browsers let pages copy by themselves only where they came over https.
        await navigator.clipboard.writeText(text.value);
        tell("Copied.");
      } catch {
        text.focus();
        tell("It is selected: copy it by the keyboard or by the menu of your browser.");
      }
    },
  };
}

/** A field that hides what is not called like it from the list beside it. */
function finder() {
  return {
    said: "",
    /** @this {Parts} */
    init() {
      this.$root.hidden = false;
    },
    /** @this {Parts & { said: string }} */
    find() {
      const wanted = /** @type {HTMLInputElement} */ (this.$refs.text).value.trim();
      let found = 0;
      for (const item of /** @type {NodeListOf<HTMLElement>} */ (this.$root.parentElement?.querySelectorAll(".choices > li") ?? [])) {
        item.hidden = !(item.textContent ?? "").toLowerCase().includes(wanted.toLowerCase());
        if (!item.hidden) found += 1;
      }
      this.said = found === 0 ? `Nothing here is called “${wanted}”.` : "";
    },
  };
}
