// The pane of a thread beside its chat; its address is the thread's own.
import { part, tell, words } from "./ask.js";
import { compose, showWaiting } from "./composer.js";
import { dress } from "./messages.js";

/** Lets threads open and close without leaving the chat. */
export function threads() {
  const slot = document.getElementById("thread-slot");
  if (!slot) return;
  settle(slot);
  document.addEventListener("click", (event) => {
    const target = /** @type {Element} */ (event.target);
    const link = target.closest("a[data-thread]");
    if (event.ctrlKey || event.metaKey) return;
    if (link instanceof HTMLAnchorElement) {
      event.preventDefault();
      openThread(link.href).catch((error) => tell(words(error)));
    } else if (target.closest("#thread .close")) {
      event.preventDefault();
      close(slot);
    }
  });
  slot.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !event.defaultPrevented) close(slot);
  });
  addEventListener("popstate", () => {
    if (/\/t\/[^/]+$/.test(location.pathname)) show(location.pathname).catch((error) => tell(words(error)));
    else {
      turn++;
      slot.replaceChildren();
    }
  });
}

/**
 * Opens a thread, whose address is this.
 * @param {string} url
 */
export async function openThread(url) {
  if (!(await show(url))) return;
  const { pathname } = new URL(url, location.href);
  if (pathname !== location.pathname) history.pushState(null, "", pathname);
  document.getElementById("reply-content")?.focus({ preventScroll: true });
}

/** How often a thread was asked for, or closed: an answer to an earlier question is of no use. */
let turn = 0;

/**
 * @param {string} url
 * @returns {Promise<boolean>} whether it is shown, and not another by now
 */
async function show(url) {
  const slot = document.getElementById("thread-slot");
  if (!slot) return false;
  const mine = ++turn;
  // What happens in it while it is asked for is in neither; then it is asked for once more.
  let isLate = false;
  const root = new URL(url, location.href).pathname.split("/").at(-1);
  const hear = (/** @type {Event} */ event) => {
    const html = /** @type {CustomEvent} */ (event).detail.data?.html ?? "";
    isLate ||= html.includes(`data-parent="${root}"`) || html.includes(`data-message="${root}"`);
  };
  document.body.addEventListener("flowra:event", hear);
  try {
    let html = await part(url);
    if (isLate) html = await part(url);
    if (mine !== turn) return false;
    slot.innerHTML = html;
  } finally {
    document.body.removeEventListener("flowra:event", hear);
  }
  compose(slot);
  settle(slot);
  return true;
}

/** @param {HTMLElement} slot */
function settle(slot) {
  const scroller = slot.querySelector(".scroller");
  if (!scroller) return;
  dress(slot);
  showWaiting(/** @type {HTMLElement | null} */ (slot.querySelector("#thread"))?.dataset.root ?? "");
  const aimed = location.hash.startsWith("#m-") ? slot.querySelector(`[id="${CSS.escape(location.hash.slice(1))}"]`) : null;
  if (aimed) {
    aimed.classList.add("aimed");
    aimed.scrollIntoView({ block: "center" });
  } else scroller.scrollTop = scroller.scrollHeight;
}

/** @param {HTMLElement} slot */
function close(slot) {
  turn++;
  const pane = /** @type {HTMLElement | null} */ (slot.querySelector("#thread"));
  if (!pane) return;
  const root = pane.dataset.root;
  const chat = /** @type {HTMLAnchorElement | null} */ (pane.querySelector(".close"))?.pathname;
  slot.replaceChildren();
  if (chat) history.pushState(null, "", chat);
  document.getElementById(`m-${root}`)?.focus({ preventScroll: true });
}
