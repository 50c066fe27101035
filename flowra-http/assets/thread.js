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
    else slot.replaceChildren();
  });
}

/**
 * Opens a thread, whose address is this.
 * @param {string} url
 */
export async function openThread(url) {
  await show(url);
  const { pathname } = new URL(url, location.href);
  if (pathname !== location.pathname) history.pushState(null, "", pathname);
  document.getElementById("reply-content")?.focus({ preventScroll: true });
}

/** @param {string} url */
async function show(url) {
  const slot = document.getElementById("thread-slot");
  if (!slot) return;
  // A reply that comes while the thread is asked for is in neither; then it is asked for once more.
  let isLate = false;
  const root = new URL(url, location.href).pathname.split("/").at(-1);
  const hear = (/** @type {Event} */ event) => {
    isLate ||= /** @type {CustomEvent} */ (event).detail.data?.html?.includes(`data-parent="${root}"`) ?? false;
  };
  document.body.addEventListener("flowra:message.posted", hear);
  try {
    let html = await part(url);
    if (isLate) html = await part(url);
    slot.innerHTML = html;
  } finally {
    document.body.removeEventListener("flowra:message.posted", hear);
  }
  compose(slot);
  settle(slot);
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
  const pane = /** @type {HTMLElement | null} */ (slot.querySelector("#thread"));
  if (!pane) return;
  const root = pane.dataset.root;
  const chat = /** @type {HTMLAnchorElement | null} */ (pane.querySelector(".close"))?.pathname;
  slot.replaceChildren();
  if (chat) history.pushState(null, "", chat);
  document.getElementById(`m-${root}`)?.focus({ preventScroll: true });
}
