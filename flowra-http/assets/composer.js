// Where one writes: what is sent stands at once, is sent again after a fault, and is kept as a draft until then.
import { post, reason } from "./ask.js";
import { complete } from "./complete.js";
import { lastOwn, startEdit } from "./actions.js";
import { send } from "./live.js";
import { dress, place } from "./messages.js";
import { foresee } from "./foresee.js";

/** How often the others are told that somebody types, in milliseconds. */
const TYPING = 3000;

/** @typedef {{ key: string, chat: string, url: string, parent: string, content: string }} Letter */

/**
 * Makes the composers in this part of the page work.
 * @param {ParentNode} root
 */
export function compose(root) {
  for (const form of /** @type {NodeListOf<HTMLFormElement>} */ (root.querySelectorAll("form.composer"))) ready(form);
  const main = /** @type {HTMLElement | null} */ (document.getElementById("main-content"));
  if (root === document.body && !location.hash.startsWith("#m-")) main?.focus({ preventScroll: true });
}

/** @param {HTMLFormElement} form */
function ready(form) {
  const field = form.querySelector("textarea");
  const error = /** @type {HTMLElement | null} */ (form.querySelector(".complaint"));
  if (!field || !error) return;
  const parent = /** @type {HTMLInputElement | null} */ (form.elements.namedItem("parent"))?.value ?? "";
  const chat = form.dataset.chat ?? "";
  const draft = `flowra:draft:${document.body.dataset.user}:${parent || chat}`;
  if (!field.value) field.value = localStorage.getItem(draft) ?? "";
  let told = 0;
  field.addEventListener("input", () => {
    if (field.value.trim()) localStorage.setItem(draft, field.value);
    else localStorage.removeItem(draft);
    error.hidden = true;
    if (field.value.trim() && Date.now() - told > TYPING) {
      told = Date.now();
      send({ type: "chat.typing", chat_id: chat });
    }
  });
  const box = /** @type {HTMLElement | null} */ (form.querySelector(".foreseen"));
  if (box) foresee(field, box, form.action.replace(/messages$/, "foresee"), parent);
  const isChoosing = complete(field, `/w/${document.body.dataset.workspace}/c/${chat}/completions`);
  field.addEventListener("keydown", (event) => {
    if (event.isComposing || isChoosing()) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      form.requestSubmit();
    } else if (event.key === "ArrowUp" && field.value === "") {
      const own = lastOwn(form);
      if (!own) return;
      event.preventDefault();
      startEdit(own, field);
    }
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const content = field.value;
    if (!content.trim()) return;
    field.value = "";
    localStorage.removeItem(draft);
    deliver({ key: crypto.randomUUID(), chat, url: form.action, parent, content });
  });
}

const OUTBOX = () => `flowra:outbox:${document.body.dataset.user}`;

/** @returns {Letter[]} */
function outbox() {
  return JSON.parse(localStorage.getItem(OUTBOX()) ?? "[]");
}

/**
 * Remembers what is under way until it has arrived, so that a reload loses nothing.
 * @param {Letter[]} letters
 */
function remember(letters) {
  if (letters.length) localStorage.setItem(OUTBOX(), JSON.stringify(letters));
  else localStorage.removeItem(OUTBOX());
}

/** @param {string} key */
export function forget(key) {
  remember(outbox().filter((letter) => letter.key !== key));
}

/**
 * Shows what an earlier page could not send, in the chat or in this thread of it.
 * @param {string} [thread]
 */
export function resend(thread = "") {
  const chat = document.getElementById("messages")?.dataset.chat;
  for (const letter of outbox()) if (letter.chat === chat && letter.parent === thread) fail(show(letter), letter, "This was not sent.");
}

/**
 * Sends; the same key each time, so that it stands once however often it is sent.
 * @param {Letter} letter
 */
async function deliver(letter) {
  remember([...outbox().filter((other) => other.key !== letter.key), letter]);
  const item = show(letter);
  const body = new URLSearchParams({ content: letter.content });
  if (letter.parent) body.set("parent", letter.parent);
  try {
    const answer = await post(letter.url, body, { "Idempotency-Key": letter.key, "X-Request-Id": letter.key });
    if (!answer.ok) return fail(item, letter, await reason(answer));
    forget(letter.key);
    place(await answer.text(), { isNew: true, request: letter.key });
  } catch {
    fail(item, letter, "This could not be sent. Check the connection and try again.");
  }
}

/**
 * Shows a letter at the end of its list.
 * @param {Letter} letter
 * @returns {HTMLElement}
 */
function show(letter) {
  document.querySelector(`[data-key="${letter.key}"]`)?.remove();
  const item = document.createElement("li");
  item.className = "message pending";
  item.dataset.key = letter.key;
  item.dataset.author = document.body.dataset.user;
  item.dataset.at = new Date().toISOString();
  const text = document.createElement("div");
  text.className = "content";
  text.textContent = letter.content;
  const state = document.createElement("p");
  state.className = "state";
  state.textContent = "Sending…";
  item.append(text, state);
  const list = document.querySelector(`[data-live-list="${letter.parent ? `t-${letter.parent}` : letter.chat}"]`);
  list?.append(item);
  if (list) dress(list);
  const scroller = list?.closest(".scroller");
  if (scroller) scroller.scrollTop = scroller.scrollHeight;
  return item;
}

/**
 * @param {HTMLElement} item
 * @param {Letter} letter
 * @param {string} why
 */
function fail(item, letter, why) {
  if (!item.isConnected) return;
  item.classList.add("failed");
  const state = item.querySelector(".state");
  const button = (/** @type {string} */ label, /** @type {() => void} */ act) => {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = label;
    made.addEventListener("click", act);
    return made;
  };
  const retry = button("Retry", () => deliver(letter));
  const discard = button("Discard", () => {
    forget(letter.key);
    item.remove();
  });
  state?.replaceChildren(`${why} `, retry, " ", discard);
  state?.setAttribute("role", "alert");
}
