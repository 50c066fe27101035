// What is done to a message: by the toolbar that comes with it, and by keys.
import { change, part, tell, words } from "./ask.js";
import { confirmed } from "./dialog.js";
import { isTouched } from "./composer.js";
import { pick } from "./emoji.js";
import { elements, place } from "./messages.js";
import { openThread } from "./thread.js";

/** Keys on a message. */
const KEYS = new Map([
  ["r", "reply"],
  ["e", "edit"],
  ["+", "react"],
  ["p", "pin"],
  ["c", "copy"],
  ["Delete", "delete"],
]);

/** @type {HTMLElement} */
let toolbar;

/** Lets messages be acted upon. */
export function act() {
  document.addEventListener("click", (event) => {
    const reaction = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest(".reaction"));
    const message = messageOf(reaction);
    if (reaction && message) react(message, reaction.dataset.emoji ?? "");
  });
  if (!document.getElementById("messages")) return;
  toolbar = made();
  for (const type of ["pointerover", "focusin"]) {
    document.addEventListener(type, (event) => {
      const message = messageOf(event.target);
      if (message && !message.matches(".pending, .editing, .pins *")) attach(message);
    });
  }
  document.addEventListener("click", (event) => {
    const target = /** @type {Element} */ (event.target);
    const message = messageOf(target);
    if (!message) return;
    const button = target.closest("[data-do]");
    if (button) run(button.getAttribute("data-do") ?? "", message);
  });
  document.addEventListener("keydown", key);
}

function made() {
  const bar = document.createElement("div");
  bar.id = "toolbar";
  bar.setAttribute("role", "toolbar");
  bar.setAttribute("aria-label", "Message");
  const buttons = [
    ["react", "React (+)", "☺"],
    ["reply", "Reply in thread (r)", "↩"],
    ["edit", "Edit (e)", "✎"],
    ["pin", "Pin (p)", "⚲"],
    ["copy", "Copy link (c)", "#"],
    ["delete", "Delete (Del)", "✕"],
  ];
  for (const [name, label, sign] of buttons) {
    const button = document.createElement("button");
    button.type = "button";
    button.dataset.do = name;
    button.title = label;
    button.setAttribute("aria-label", label);
    button.textContent = sign;
    bar.append(button);
  }
  return bar;
}

/**
 * @param {EventTarget | null} target
 * @returns {HTMLElement | null}
 */
function messageOf(target) {
  return target instanceof Element ? target.closest(".message") : null;
}

/** @param {HTMLElement} message */
function attach(message) {
  if (toolbar.parentElement === message || toolbar.contains(document.activeElement)) {
    if (toolbar.parentElement === message || messageOf(document.activeElement) !== message) return;
  }
  const isOwn = message.dataset.author === document.body.dataset.user;
  const isGone = message.dataset.deleted !== undefined;
  for (const button of /** @type {NodeListOf<HTMLButtonElement>} */ (toolbar.querySelectorAll("button"))) {
    const name = button.dataset.do ?? "";
    button.hidden = (isGone && name !== "reply" && name !== "copy") || !may(name, isOwn) || (name === "reply" && !!message.closest(".thread"));
    if (name === "pin") {
      const label = isPinned(message) ? "Unpin (p)" : "Pin (p)";
      button.title = label;
      button.setAttribute("aria-label", label);
    }
  }
  message.append(toolbar);
}

/**
 * Whether the reader may do this with a message, which the server decides in the end.
 * @param {string} name
 * @param {boolean} isOwn
 */
function may(name, isOwn) {
  if (name === "delete") return isOwn || document.getElementById("messages")?.dataset.moderates !== undefined;
  return name !== "edit" || isOwn;
}

/** @param {HTMLElement} message */
function isPinned(message) {
  return (document.getElementById("pins")?.dataset.pins ?? "").split(" ").includes(message.dataset.message ?? "");
}

/** @param {KeyboardEvent} event */
function key(event) {
  const target = /** @type {Element} */ (event.target);
  if (event.ctrlKey || event.metaKey || event.altKey || target.closest("input, textarea, select, dialog, [contenteditable]")) return;
  const message = messageOf(target);
  const step = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 }[event.key];
  if (step) {
    if (target !== document.body && !target.closest(".scroller")) return;
    if (move(message, target, step)) event.preventDefault();
    return;
  }
  if (!message) return;
  if (event.key === "Escape") {
    document.getElementById(message.closest(".thread") ? "reply-content" : "main-content")?.focus();
    return;
  }
  const name = KEYS.get(event.key);
  if (name && !message.matches(".pending")) {
    event.preventDefault();
    if (!may(name, message.dataset.author === document.body.dataset.user)) return tell(`Only who wrote it may ${name} it${name === "delete" ? ", or an admin of the chat" : ""}.`);
    run(name, message);
  }
}

/**
 * Goes to the next message; to the newest from outside.
 * @param {HTMLElement | null} message
 * @param {Element} target
 * @param {number} step
 */
function move(message, target, step) {
  const scroller = target.closest(".scroller") ?? document.getElementById("scroller");
  const all = /** @type {HTMLElement[]} */ ([...(scroller?.querySelectorAll(".message") ?? [])]);
  const next = message ? all[all.indexOf(message) + step] : all.at(-1);
  if (!next) return false;
  next.tabIndex = -1;
  next.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
  return true;
}

/**
 * @param {string} name
 * @param {HTMLElement} message
 */
async function run(name, message) {
  const self = message.dataset.self ?? "";
  try {
    if (name === "reply") await openThread(self.replace(/\/messages\/.*/, `/t/${message.dataset.parent ?? message.dataset.message}`));
    else if (name === "edit") await startEdit(message, message);
    else if (name === "react") {
      const emoji = await pick(message);
      if (emoji) await react(message, emoji);
    } else if (name === "copy") {
      await copy(new URL(self, location.href).href);
    } else if (name === "pin") {
      const pinned = !isPinned(message);
      place(await change(`${self}/pin`, { pinned: String(pinned) }));
      document.body.dispatchEvent(new CustomEvent("flowra:room"));
      tell(pinned ? "Pinned." : "Unpinned.");
    } else if (name === "delete" && (await confirmed("Delete this message? This cannot be undone.", "Delete"))) {
      place(await change(`${self}/delete`, {}));
    }
  } catch (error) {
    tell(words(error));
  }
}

/**
 * Copies a link; where the page came over plain http browsers let nobody copy, so it is shown to be copied by hand.
 * @param {string} url
 */
async function copy(url) {
  if (!navigator.clipboard) return void prompt("Copy the link to the message:", url);
  await navigator.clipboard.writeText(url);
  tell("The link to the message is copied.");
}

/**
 * Adds the reader's reaction, or takes it back.
 * @param {HTMLElement} message
 * @param {string} emoji
 */
async function react(message, emoji) {
  const standing = [...message.querySelectorAll(".reaction")].find((one) => one.getAttribute("data-emoji") === emoji);
  const undo = standing?.getAttribute("aria-pressed") === "true";
  try {
    place(await change(`${message.dataset.self}/reactions`, { emoji, undo: String(undo) }));
  } catch (error) {
    tell(words(error));
  }
}

/**
 * The last message of the reader's own above a composer.
 * @param {HTMLFormElement} form
 * @returns {HTMLElement | undefined}
 */
export function lastOwn(form) {
  const place = form.closest(".thread") ?? document.querySelector(".talk");
  const own = `.message[data-author="${document.body.dataset.user}"]:not(.pending):not([data-deleted])`;
  return /** @type {HTMLElement | undefined} */ ([...(place?.querySelectorAll(own) ?? [])].at(-1));
}

/**
 * Lets a message of the reader's own be changed where it stands.
 * @param {HTMLElement} message
 * @param {HTMLElement} back what gets the focus afterwards
 */
export async function startEdit(message, back) {
  if (message.classList.contains("editing")) return;
  const id = message.id;
  message.classList.add("editing");
  try {
    const html = await part(`${message.dataset.self}/edit`);
    // What happened to it meanwhile has put another in its place.
    const standing = document.getElementById(id);
    if (!standing || standing.querySelector("form.edit")) return;
    const form = /** @type {HTMLFormElement} */ (elements(html)[0]);
    const field = /** @type {HTMLTextAreaElement} */ (form.querySelector("textarea"));
    const error = /** @type {HTMLElement} */ (form.querySelector(".complaint"));
    const stop = () => {
      const now = document.getElementById(id);
      form.remove();
      now?.classList.remove("editing");
      if (back === message) now?.focus({ preventScroll: true });
      else back.focus();
    };
    standing.append(form);
    standing.classList.add("editing");
    field.focus();
    field.setSelectionRange(field.value.length, field.value.length);
    form.querySelector("[data-cancel]")?.addEventListener("click", stop);
    field.addEventListener("keydown", (event) => {
      if (event.isComposing) return;
      if (event.key === "Escape") {
        event.stopPropagation();
        stop();
      } else if (event.key === "Enter" && !event.shiftKey && !isTouched) {
        event.preventDefault();
        form.requestSubmit();
      }
    });
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      try {
        const changed = await change(form.action, { content: field.value });
        stop();
        place(changed);
      } catch (failed) {
        error.textContent = words(failed);
        error.hidden = false;
      }
    });
  } catch (error) {
    document.getElementById(id)?.classList.remove("editing");
    tell(words(error));
  }
}
