// Tells by the browser that somebody is waited for, while they look elsewhere: a mention, or a direct message. Only when asked to.
import { tell } from "./ask.js";

const ASKED = () => `flowra:notify:${document.body.dataset.user}`;

/** @typedef {{ mentions: number, unread: number, isDirect: boolean, isMuted: boolean, title: string, url: string }} Chat */

/** Watches the counts of the list of chats, which the server keeps right for whatever happens. */
export function notifications() {
  const button = /** @type {HTMLButtonElement | null} */ (document.querySelector("[data-notify]"));
  if (!button || !("Notification" in window)) return;
  button.hidden = false;
  const show = () => button.setAttribute("aria-pressed", String(isAsked()));
  show();
  button.addEventListener("click", async () => {
    await toggle();
    show();
  });
  let before = chats();
  document.body.addEventListener("htmx:afterSettle", () => {
    const now = chats();
    for (const [id, chat] of now) compare(id, before.get(id), chat);
    before = now;
  });
}

function isAsked() {
  return Notification.permission === "granted" && localStorage.getItem(ASKED()) === "yes";
}

async function toggle() {
  if (isAsked()) {
    localStorage.removeItem(ASKED());
    tell("No more notifications here.");
  } else if ((await Notification.requestPermission()) === "granted") {
    localStorage.setItem(ASKED(), "yes");
    tell("You will hear of mentions and direct messages while you look elsewhere.");
  } else {
    tell("The browser blocks notifications of this site. Its settings can allow them.");
  }
}

/** @returns {Map<string, Chat>} */
function chats() {
  const found = new Map();
  for (const link of /** @type {NodeListOf<HTMLAnchorElement>} */ (document.querySelectorAll("#sidebar .chat-link"))) {
    const { chat = "", unread = "0", mentions = "0", direct } = link.dataset;
    found.set(chat, {
      mentions: Number(mentions),
      unread: Number(unread),
      isDirect: direct !== undefined,
      isMuted: link.classList.contains("muted"),
      title: link.querySelector(".name")?.textContent ?? "",
      url: link.href,
    });
  }
  return found;
}

/**
 * @param {string} id
 * @param {Chat | undefined} before
 * @param {Chat} now
 */
function compare(id, before, now) {
  if (!isAsked() || (document.visibilityState === "visible" && document.hasFocus())) return;
  const isMentioned = now.mentions > (before?.mentions ?? 0);
  const isWrittenTo = now.isDirect && !now.isMuted && now.unread > (before?.unread ?? 0);
  if (!isMentioned && !isWrittenTo) return;
  const body = isWrittenTo ? "wrote to you" : "You are mentioned";
  const icon = /** @type {HTMLLinkElement | null} */ (document.querySelector("link[rel=icon]"))?.href;
  // Of one chat one notification stands, in however many tabs.
  const note = noted(now.title, { body, icon, tag: `flowra:${id}` });
  note?.addEventListener("click", () => {
    window.focus();
    location.assign(now.url);
    note.close();
  });
}

/**
 * The notification; some browsers of phones know them only from elsewhere than a page, and then there are none here.
 * @param {string} title
 * @param {NotificationOptions} options
 */
function noted(title, options) {
  try {
    return new Notification(title, options);
  } catch {
    localStorage.removeItem(ASKED());
    const button = /** @type {HTMLElement | null} */ (document.querySelector("[data-notify]"));
    if (button) button.hidden = true;
    tell("This browser shows no notifications of pages.");
    return null;
  }
}
