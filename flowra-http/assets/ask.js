// What pages ask the server: parts of pages, and changes that answer with one.

/**
 * A part of a page.
 * @param {string} url
 * @returns {Promise<string>}
 */
export async function part(url) {
  const answer = await fetch(url, { headers: from() });
  if (isSignedOut(answer)) throw new Error("You are signed out.");
  if (!answer.ok) throw new Error(await reason(answer));
  return answer.text();
}

/**
 * Whether the server sends the reader elsewhere instead of answering, as it does when their session is over; they are on their way then.
 * @param {Response} answer
 */
export function isSignedOut(answer) {
  const onward = answer.headers.get("HX-Redirect");
  if (onward) location.assign(onward);
  return onward !== null;
}

/**
 * Posts fields; answers with what the server shows of the change.
 * @param {string} url
 * @param {Record<string, string>} fields
 * @returns {Promise<string>}
 */
export async function change(url, fields) {
  const answer = await post(url, new URLSearchParams(fields));
  if (isSignedOut(answer)) throw new Error("You are signed out.");
  if (!answer.ok) throw new Error(await reason(answer));
  return answer.text();
}

/** So many bytes at most may be under way when a page is left. */
const KEPT_ALIVE = 60_000;

/**
 * Posts; what is short arrives also when the page is left meanwhile.
 * @param {string} url
 * @param {URLSearchParams} body
 * @param {Record<string, string>} [headers]
 * @param {number} [late] after how many milliseconds no answer is waited for any more
 */
export function post(url, body, headers = {}, late) {
  const keepalive = body.toString().length < KEPT_ALIVE;
  const signal = late ? AbortSignal.timeout(late) : undefined;
  return fetch(url, { method: "POST", body, keepalive, signal, headers: { ...from(), "X-CSRF-Token": token(), ...headers } });
}

/** A new id; browsers make one by themselves only where the page came over https. */
export function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

/** Says that a part of this page is asked for, so that the server knows what it answers and where to come back to. */
function from() {
  return { "HX-Request": "true", "HX-Current-URL": location.href };
}

/** The token that the server expects back from this page. */
function token() {
  return JSON.parse(document.body.getAttribute("hx-headers") ?? "{}")["X-CSRF-Token"] ?? "";
}

/**
 * Why the server refused, for a person.
 * @param {Response} answer
 */
export async function reason(answer) {
  const said = new DOMParser().parseFromString(await answer.text(), "text/html");
  const text = (said.querySelector(".lead") ?? said.body).textContent?.trim();
  return text || "The server did not answer as it should. Try again.";
}

/** There from the start, since what is said into a new region is often not read out. */
const note = document.createElement("p");
note.id = "note";
note.className = "toast";
note.setAttribute("role", "status");
document.body.append(note);

/**
 * Says something once, quietly, to everybody who sees or hears the page.
 * @param {string} text
 */
export function tell(text) {
  // What is outside an open dialog is neither seen nor heard.
  const place = document.querySelector("dialog[open]") ?? document.body;
  if (note.parentElement !== place) place.append(note);
  note.textContent = text;
  setTimeout(() => {
    if (note.textContent === text) note.textContent = "";
  }, 5000);
}

const NEXT = "flowra:told";

/**
 * Says something on the page that comes next.
 * @param {string} text
 */
export function tellNext(text) {
  sessionStorage.setItem(NEXT, text);
}

/** Says what the last page left to be said. */
export function told() {
  const text = sessionStorage.getItem(NEXT);
  sessionStorage.removeItem(NEXT);
  if (text) tell(text);
}

/** Says why, when the server refuses or does not answer what a part of the page asked by itself. */
export function refusals() {
  /** What is shown in the page, as it came. */
  const shown = [409, 422];
  document.body.addEventListener("htmx:responseError", async (event) => {
    const { xhr } = /** @type {CustomEvent} */ (event).detail;
    if (!shown.includes(xhr.status)) tell(await reason(new Response(xhr.responseText)));
  });
  document.body.addEventListener("htmx:sendError", () => tell("The server cannot be reached, so nothing was changed. Try again."));
}

/** @param {unknown} error */
export function words(error) {
  return error instanceof TypeError ? "The server cannot be reached. Try again." : error instanceof Error ? error.message : String(error);
}
