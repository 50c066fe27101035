// The pages of a long chat: where it opens, and what comes when one scrolls on, without a jump.
import { part, tell, words } from "./ask.js";
import { dress, elements, link, place, toEnd, trim } from "./messages.js";

/** How far from an edge the next page is asked for, in pixels. */
const NEAR = 600;

let isLoading = false;

/** Opens the chat where it is to be opened, and loads on. */
export function page() {
  const scroller = document.getElementById("scroller");
  const list = document.getElementById("messages");
  if (!scroller || !list) return;
  open(scroller);
  const load = () => {
    if (isLoading) return;
    const top = scroller.scrollTop;
    const older = /** @type {HTMLElement | null} */ (list.querySelector(":scope > .older"));
    const newer = /** @type {HTMLElement | null} */ (list.querySelector(":scope > .newer"));
    const below = scroller.scrollHeight - top - scroller.clientHeight;
    if (older && top < NEAR) more(scroller, list, older, "older");
    else if (newer && below < NEAR) more(scroller, list, newer, "newer");
    const latest = document.getElementById("latest");
    if (latest && newer) latest.hidden = below < NEAR;
    else if (latest) latest.hidden = below < 3 * NEAR;
  };
  scroller.addEventListener("scroll", load, { passive: true });
  document.getElementById("latest")?.addEventListener("click", (event) => {
    if (list.querySelector(":scope > .newer")) return;
    event.preventDefault();
    toEnd();
  });
  list.addEventListener("click", (event) => {
    const item = /** @type {Element} */ (event.target).closest(".older, .newer");
    if (!item) return;
    event.preventDefault();
    more(scroller, list, /** @type {HTMLElement} */ (item), item.classList.contains("older") ? "older" : "newer");
  });
  load();
}

/** @param {HTMLElement} scroller */
function open(scroller) {
  const aimed = location.hash.startsWith("#m-") ? document.getElementById(location.hash.slice(1)) : null;
  const unread = document.getElementById("unread");
  if (aimed) {
    aimed.classList.add("aimed");
    aimed.scrollIntoView({ block: "center" });
    aimed.tabIndex = -1;
    aimed.focus({ preventScroll: true });
  } else if (unread) {
    scroller.scrollTop += unread.getBoundingClientRect().top - scroller.getBoundingClientRect().top - scroller.clientHeight / 4;
  } else if (!new URLSearchParams(location.search).has("after")) toEnd();
}

/**
 * Puts the next page where its link is; what is in view stays where it is.
 * @param {HTMLElement} scroller
 * @param {HTMLElement} list
 * @param {HTMLElement} item
 * @param {"older" | "newer"} side
 */
async function more(scroller, list, item, side) {
  isLoading = true;
  // What is posted while the last page is asked for may be in neither; then there is another.
  let isLate = false;
  /** What was changed meanwhile stands on it as it was. @type {string[]} */
  const changed = [];
  const hear = (/** @type {Event} */ event) => {
    const { type, data } = /** @type {CustomEvent} */ (event).detail;
    if (type === "message.posted") isLate = true;
    else if (type.startsWith("message.") && data?.html) changed.push(data.html);
  };
  document.body.addEventListener("flowra:event", hear);
  try {
    const html = await part(item.querySelector("a")?.href ?? "");
    const anchor = inView(scroller, list);
    scroller.style.setProperty("overflow-anchor", "none");
    const before = anchor?.getBoundingClientRect().top ?? 0;
    item.replaceWith(...elements(html).filter((one) => !one.dataset.message || !document.getElementById(one.id)));
    trim(list, side === "older" ? "newer" : "older");
    const newest = /** @type {HTMLElement | undefined} */ ([...list.querySelectorAll(":scope > .message:not(.pending)")].at(-1));
    if (isLate && side === "newer" && newest && !list.querySelector(":scope > .newer")) link(list, newest, "newer");
    for (const late of changed) place(late);
    dress(list);
    scroller.scrollTop += (anchor?.getBoundingClientRect().top ?? 0) - before;
  } catch (error) {
    tell(words(error));
  } finally {
    document.body.removeEventListener("flowra:event", hear);
    // The next page is asked for in another frame, so that this one is painted.
    requestAnimationFrame(() => {
      scroller.style.removeProperty("overflow-anchor");
      isLoading = false;
    });
  }
}

/**
 * What is to stay where it is: the first message in view but one, since the first may lose the line of its day.
 * @param {HTMLElement} scroller
 * @param {HTMLElement} list
 */
function inView(scroller, list) {
  const top = scroller.getBoundingClientRect().top;
  const messages = [...list.querySelectorAll(":scope > .message")];
  const at = messages.findIndex((message) => message.getBoundingClientRect().bottom > top);
  return messages[Math.min(Math.max(at, 0) + 1, messages.length - 1)];
}
