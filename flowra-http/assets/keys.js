// Keys that work on every page of a workspace: the sheet of all keys, and from chat to chat.
import { tell } from "./ask.js";
import { show } from "./dialog.js";

const isMac = /mac|iphone|ipad/i.test(navigator.platform);

/**
 * Whether the key that begins commands is held, and no other: Cmd on a Mac, where Ctrl moves about in texts, else Ctrl.
 * @param {KeyboardEvent} event
 */
export const isCommand = (event) => (isMac ? event.metaKey && !event.ctrlKey : event.ctrlKey && !event.metaKey) && !event.altKey;

/** Starts the keys of this page, if it is one of a workspace. */
export function keys() {
  const { workspace } = document.body.dataset;
  if (!workspace) return;
  if (isMac) {
    label();
    new MutationObserver(label).observe(document.body, { childList: true, subtree: true });
  }
  document.addEventListener("keydown", (event) => {
    const at = /** @type {Element} */ (event.target);
    if (document.querySelector("dialog[open]")) return;
    const isTyping = isIn(at, "input:not([type=checkbox]), textarea, select, [contenteditable]");
    const isHelp = event.key === "?" && !event.ctrlKey && !event.metaKey && !event.altKey && !isTyping;
    if (!isHelp && !(event.key === "/" && isCommand(event))) return;
    event.preventDefault();
    show(`/w/${workspace}/keys`);
  });
  // Before the field where one writes takes the arrow for its own.
  document.addEventListener("keydown", walk, { capture: true });
  task();
  addEventListener("hashchange", task);
}

/**
 * Whether a key is for something like this. A dialog that was just closed may still have the focus until the page is drawn again, and has no use for it.
 * @param {Element} at
 * @param {string} what
 */
function isIn(at, what) {
  return at.closest(what) !== null && at.closest("dialog:not([open])") === null;
}

/** Calls the key of commands by its name on a Mac. */
function label() {
  for (const key of document.querySelectorAll("kbd[data-main]")) if (key.textContent !== "⌘") key.textContent = "⌘";
}

/**
 * From chat to chat in the order of the list. Fields where the arrows do something else, and cards that they move, keep them.
 * @param {KeyboardEvent} event
 */
function walk(event) {
  const step = event.key === "ArrowUp" ? -1 : event.key === "ArrowDown" ? 1 : 0;
  if (!step || !event.altKey || event.ctrlKey || event.metaKey) return;
  const at = /** @type {Element} */ (event.target);
  if (isIn(at, "input, select, .card, dialog, textarea") && !at.closest(".composer")) return;
  event.preventDefault();
  event.stopPropagation();
  const all = /** @type {HTMLAnchorElement[]} */ ([...document.querySelectorAll("#sidebar .chat-link")]);
  const here = all.findIndex((chat) => chat.hasAttribute("aria-current"));
  const isUnread = (/** @type {HTMLElement} */ chat) => Number(chat.dataset.mentions) > 0 || (chat.classList.contains("unread") && !chat.classList.contains("muted"));
  const from = here < 0 && step < 0 ? all.length : here;
  const ahead = step > 0 ? all.slice(from + 1) : all.slice(0, from).reverse();
  const behind = step > 0 ? all.slice(0, Math.max(from, 0)) : all.slice(from + 1).reverse();
  const next = event.shiftKey ? [...ahead, ...behind].find((chat) => isUnread(chat)) : ahead[0];
  if (next) location.assign(next.href);
  else tell(event.shiftKey ? "No chat is unread." : step > 0 ? "This is the last chat of the list." : "This is the first chat of the list.");
}

/** Where an address asks for a new task, its title can be written at once. */
function task() {
  if (location.hash === "#new-task") /** @type {HTMLElement | null} */ (document.querySelector("#board .add [name=title]"))?.focus();
}
