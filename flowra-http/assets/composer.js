// Where one writes: what is sent stands at once, is sent again after a fault, and is kept as a draft until then.
import { isSignedOut, post, reason, uuid } from "./ask.js";
import { complete } from "./complete.js";
import { lastOwn, startEdit } from "./actions.js";
import { send } from "./live.js";
import { dress, place } from "./messages.js";
import { foresee } from "./foresee.js";

/** How often the others are told that somebody types, in milliseconds. */
const TYPING = 3000;

/** @typedef {{ key: string, chat: string, url: string, parent: string, content: string, refused?: string }} Letter `refused` says why the server does not take it */

/** A finger has no Shift+Enter, so there Enter breaks the line and the button sends. */
export const isTouched = matchMedia("(pointer: coarse)").matches;

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
    if (event.key === "Enter" && !event.shiftKey && !isTouched) {
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
    const [most, length] = [Number(field.dataset.most), [...content].length];
    if (length > most) {
      const number = new Intl.NumberFormat("en");
      error.textContent = `A message has at most ${number.format(most)} characters, and this has ${number.format(length)}. Nothing was sent.`;
      error.hidden = false;
      return;
    }
    deliver({ key: uuid(), chat, url: form.action, parent, content });
    // Not before: it is remembered now, or this was not reached.
    field.value = "";
    localStorage.removeItem(draft);
  });
}

/** Leaves nothing behind for the next who sits down here. */
export function clearUp() {
  document.addEventListener("submit", (event) => {
    if (!/** @type {Element} */ (event.target).matches("form[action='/sign-out']")) return;
    const own = Object.keys(localStorage).filter((key) => /^flowra:(draft|outbox):/.test(key) && key.includes(`:${document.body.dataset.user}`));
    for (const key of own) localStorage.removeItem(key);
  });
}

const OUTBOX = () => `flowra:outbox:${document.body.dataset.user}`;

/** @returns {Letter[]} */
function outbox() {
  try {
    return JSON.parse(localStorage.getItem(OUTBOX()) ?? "[]");
  } catch {
    // Not as this page writes it, so nothing that could be sent.
    return [];
  }
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
 * Shows in a thread that was opened what waits to be sent in it.
 * @param {string} thread
 */
export function showWaiting(thread) {
  for (const letter of outbox()) {
    if (letter.parent !== thread) continue;
    if (letter.refused) fail(show(letter), letter, letter.refused);
    else if (inFlight.has(letter.key)) show(letter);
    else deliver(letter);
  }
}

/** Sends what an earlier page was about to send when it was left, or this one before the connection broke, to whichever chat; what the server refused waits where it was written. */
export function resend() {
  const chat = document.getElementById("messages")?.dataset.chat;
  for (const letter of outbox()) {
    if (inFlight.has(letter.key)) continue;
    if (!letter.refused) deliver(letter);
    else if (letter.chat === chat) fail(show(letter), letter, letter.refused);
  }
}

/** The keys of what is being sent, or waits for that. */
const inFlight = new Set();

/** How long an answer may take, in milliseconds: what follows waits for it. */
const LATE = 30_000;

/** What is sent goes one after the other, so that it stands in the order in which it was written. */
let queue = Promise.resolve();

/**
 * Sends; the same key each time, so that it stands once however often it is sent.
 * @param {Letter} letter
 */
function deliver(letter) {
  letter.refused = undefined;
  const others = outbox().filter((other) => other.key !== letter.key);
  remember([...others, letter]);
  show(letter);
  inFlight.add(letter.key);
  queue = queue.then(() => transmit(letter)).finally(() => inFlight.delete(letter.key));
}

/** @param {Letter} letter */
async function transmit(letter) {
  // Shown anew meanwhile, as in a thread that was closed and opened, it is another one.
  const item = () => /** @type {HTMLElement | null} */ (document.querySelector(`[data-key="${letter.key}"]`));
  const body = new URLSearchParams({ content: letter.content });
  if (letter.parent) body.set("parent", letter.parent);
  try {
    const answer = await post(letter.url, body, { "Idempotency-Key": letter.key, "X-Request-Id": letter.key }, LATE);
    // Signed in again, whatever page comes first sends it.
    if (isSignedOut(answer)) return;
    if (!answer.ok) {
      const why = await reason(answer);
      // What a server says that is busy or about to stop is no answer for good.
      if (answer.status < 500 && answer.status !== 429) remember(outbox().map((other) => (other.key === letter.key ? { ...other, refused: why } : other)));
      return fail(item(), letter, why);
    }
    forget(letter.key);
    place(await answer.text(), { isNew: true, request: letter.key });
  } catch {
    fail(item(), letter, "This could not be sent. Check the connection and try again.");
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
 * @param {HTMLElement | null} item none where the letter's chat is not open
 * @param {Letter} letter
 * @param {string} why
 */
function fail(item, letter, why) {
  if (!item) return;
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
