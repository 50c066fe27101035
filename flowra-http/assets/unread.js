// What is unread: the mark moves when the end of the chat is seen, and the tab says how much waits.
import { relist, send } from "./live.js";
import { isAtEnd } from "./messages.js";

/** How often the mark is moved at most, in milliseconds: the server counts frames. */
const PACE = 2000;

let marked = "";
let markedAt = 0;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let later;

/** Keeps the title, the icon and the read mark right. */
export function counts() {
  if (!document.body.dataset.user) return;
  const title = document.title;
  const icon = /** @type {HTMLLinkElement | null} */ (document.querySelector("link[rel=icon]"));
  const plain = icon?.href ?? "";
  const show = () => {
    let count = 0;
    let isUnread = false;
    for (const chat of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("#sidebar .chat-link"))) {
      if (chat.hasAttribute("aria-current") && document.visibilityState === "visible") continue;
      const { unread = "0", mentions = "0", direct } = chat.dataset;
      const isMuted = chat.classList.contains("muted");
      count += direct !== undefined && !isMuted ? Number(unread) : Number(mentions);
      isUnread ||= Number(mentions) > 0 || (!isMuted && Number(unread) > 0);
    }
    document.title = count > 0 ? `(${count}) ${title}` : isUnread ? `• ${title}` : title;
    if (icon) icon.href = isUnread ? (icon.dataset.unread ?? plain) : plain;
  };
  show();
  document.body.addEventListener("htmx:afterSettle", show);
  document.addEventListener("visibilitychange", () => {
    markRead();
    show();
  });
  document.getElementById("scroller")?.addEventListener("scroll", () => markRead(), { passive: true });
}

/** Tells it once more: what was told to a connection that broke may not have arrived. */
export function markAgain() {
  marked = "";
  markRead();
}

/** Tells the server how far the reader has come, when they look at the end of the chat. */
export function markRead() {
  const list = document.getElementById("messages");
  const scroller = document.getElementById("scroller");
  if (document.visibilityState !== "visible" || !list || !scroller || !isAtEnd(scroller) || list.querySelector(":scope > .newer")) return;
  const newest = /** @type {HTMLElement | undefined} */ ([...list.querySelectorAll(":scope > .message:not(.pending)")].at(-1));
  const id = newest?.dataset.message;
  if (!id || id === marked || !document.body.hasAttribute("data-live")) return;
  const wait = markedAt + PACE - Date.now();
  if (wait > 0) {
    later ??= setTimeout(() => {
      later = undefined;
      markRead();
    }, wait);
    return;
  }
  marked = id;
  markedAt = Date.now();
  send({ type: "read", chat_id: list.dataset.chat, message_id: id });
  relist();
}
