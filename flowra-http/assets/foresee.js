// Tells below a composer what the tags in it will do, before it is sent.
import { post } from "./ask.js";

/** How long somebody pauses before the server is asked, in milliseconds. */
const PAUSE = 350;
/** A line that begins as a tag does. */
const TAGGED = /^[ \t]*#[a-z]/im;

/**
 * @param {HTMLTextAreaElement} field
 * @param {HTMLElement} box where it is told
 * @param {string} url
 * @param {string} parent the thread, if any
 */
export function foresee(field, box, url, parent) {
  let turn = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const tell = (/** @type {string} */ html) => {
    box.innerHTML = html;
    box.hidden = !html.trim();
  };
  const ask = async (/** @type {number} */ mine) => {
    const body = new URLSearchParams({ content: field.value });
    if (parent) body.set("parent", parent);
    try {
      const answer = await post(url, body);
      // What was typed since is answered by another.
      if (mine === turn) tell(answer.ok ? await answer.text() : "");
    } catch {
      // Without the server nothing is foreseen; sending says why by itself.
      if (mine === turn) tell("");
    }
  };
  field.addEventListener("input", () => {
    clearTimeout(timer);
    turn += 1;
    const mine = turn;
    if (TAGGED.test(field.value)) timer = setTimeout(() => ask(mine), PAUSE);
    else tell("");
  });
  field.form?.addEventListener("submit", () => {
    clearTimeout(timer);
    turn += 1;
    tell("");
  });
}
