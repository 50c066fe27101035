// Messages where they stand: local times, the reader's own marks, and what follows what.

/** Within how long what somebody says next stands below the same name, in milliseconds. */
const GROUP = 5 * 60 * 1000;
/** How many messages a page keeps: what is further away is asked for again. */
const KEPT = 300;

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const date = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
const moment = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const day = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });

const FORMATS = new Map([["day", day], ["clock", clock], ["date", date], ["moment", moment]]);

/**
 * Shows times in the reader's zone, and what is overdue there.
 * @param {ParentNode} root
 */
export function times(root) {
  for (const time of root.querySelectorAll("time[data-show]")) {
    const at = new Date(time.getAttribute("datetime") ?? "");
    time.textContent = FORMATS.get(time.getAttribute("data-show") ?? "")?.format(at) ?? time.textContent;
    time.setAttribute("title", at.toLocaleString());
  }
  const now = new Date();
  const today = `${now.getFullYear()}-${String(now.getMonth() + 1).padStart(2, "0")}-${String(now.getDate()).padStart(2, "0")}`;
  for (const due of /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll("[data-due]"))) {
    const isLate = (due.dataset.due ?? "") < today;
    due.classList.toggle("late", isLate);
    due.title = isLate ? "Overdue" : "";
  }
}

/**
 * Shows times, marks what is the reader's own, and groups the messages anew.
 * @param {ParentNode} root
 */
export function dress(root) {
  times(root);
  const me = document.body.dataset.user ?? "";
  for (const reaction of root.querySelectorAll("[data-users]")) {
    const isMine = me !== "" && (reaction.getAttribute("data-users") ?? "").split(" ").includes(me);
    reaction.setAttribute("aria-pressed", String(isMine));
  }
  for (const message of /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll(".message"))) message.tabIndex = -1;
  for (const list of document.querySelectorAll(".messages:not(.pins)")) group(list);
}

/**
 * Says of each message whether it opens a day and whether it follows its author's last one.
 * @param {Element} list
 */
function group(list) {
  /** @type {HTMLElement | null} */
  let before = null;
  for (const message of /** @type {NodeListOf<HTMLElement>} */ (list.querySelectorAll(":scope > .message"))) {
    const at = new Date(message.dataset.at ?? "");
    const last = before ? new Date(before.dataset.at ?? "") : null;
    const opens = last === null || last.toDateString() !== at.toDateString();
    const isUnderRoot = before?.id.startsWith("t-");
    const follows = !opens && !isUnderRoot && before?.dataset.author === message.dataset.author && at.getTime() - last.getTime() < GROUP;
    message.toggleAttribute("data-opens-day", opens);
    message.toggleAttribute("data-follows", follows);
    before = message;
  }
}

/**
 * The element that a fragment's HTML describes.
 * @param {string} html
 * @returns {HTMLElement[]}
 */
export function elements(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return /** @type {HTMLElement[]} */ ([...template.content.children]);
}

/**
 * Puts what the server rendered into the page: in place of what is the same wherever it stands, else at the end of the list that it belongs into.
 * @param {string} html
 * @param {{ isNew?: boolean, request?: string }} [news] whether it was posted just now, and by which request: what waited for it gives way
 */
export function place(html, { isNew = false, request } = {}) {
  const atEnd = [...document.querySelectorAll(".scroller")].filter(isAtEnd);
  const waiting = request ? document.querySelector(`[data-key="${CSS.escape(request)}"]`) : null;
  const isHere = waiting?.closest("#messages");
  waiting?.remove();
  for (const element of elements(html)) {
    // What has a rank has its place on a board, which moves it itself and keeps the focus on it.
    if (element.hasAttribute("data-rank")) continue;
    if (element.dataset.of) {
      recount(element);
      continue;
    }
    const id = element.dataset.message;
    const standing = id ? document.querySelectorAll(`[data-message="${CSS.escape(id)}"]`) : [];
    for (const old of standing) swap(/** @type {HTMLElement} */ (old), element);
    const into = element.getAttribute("data-into");
    const list = into ? document.querySelector(`[data-live-list="${CSS.escape(into)}"]`) : null;
    if (list && isNew && !list.querySelector(`[data-message="${CSS.escape(id ?? "")}"]`)) append(list, element);
    // Lists of other parts of the page go by the id alone.
    if (!id && element.id) {
      const same = document.getElementById(element.id);
      if (same && same !== element) same.replaceWith(element);
    }
    if (element.isConnected) htmx.process(element);
  }
  // What one has said oneself one wants to see, and where it stands that is.
  if (isHere?.querySelector(":scope > .newer")) return document.getElementById("latest")?.click();
  dress(document.body);
  for (const scroller of atEnd) scroller.scrollTop = scroller.scrollHeight;
}

/**
 * Shows how many replies a thread has wherever its root stands in its chat.
 * @param {HTMLElement} replies
 */
function recount(replies) {
  for (const root of document.querySelectorAll(`[data-message="${CSS.escape(replies.dataset.of ?? "")}"]`)) {
    const old = root.querySelector(":scope > .replies");
    const copy = replies.cloneNode(true);
    if (old) old.replaceWith(copy);
    else root.append(copy);
  }
}

/**
 * @param {HTMLElement} old
 * @param {HTMLElement} fresh
 */
function swap(old, fresh) {
  // An answer to an earlier question may come after a later event.
  if (Number(old.dataset.version) > Number(fresh.dataset.version)) return;
  const copy = /** @type {HTMLElement} */ (fresh.cloneNode(true));
  copy.id = old.id;
  const hadFocus = old === document.activeElement || old.contains(document.activeElement);
  const editing = old.querySelector("form.edit");
  const toolbar = old.querySelector("#toolbar");
  old.replaceWith(copy);
  // Somebody else's reaction does not throw away what is being typed.
  if (editing) {
    copy.append(editing);
    copy.classList.add("editing");
  }
  if (toolbar) copy.append(toolbar);
  if (hadFocus && !editing) {
    copy.tabIndex = -1;
    copy.focus({ preventScroll: true });
  } else if (hadFocus) copy.querySelector("textarea")?.focus({ preventScroll: true });
}

/**
 * Where its time puts it, which is nearly always the end, above what is still being sent: the answer to what one posts oneself may come before what
 * others posted earlier. Nowhere when the list does not reach the newest message.
 * @param {Element} list
 * @param {HTMLElement} element
 */
function append(list, element) {
  if (list.querySelector(":scope > .newer")) {
    if (list.id === "messages") document.getElementById("latest")?.removeAttribute("hidden");
    return;
  }
  let next = list.querySelector(":scope > .pending");
  for (;;) {
    const before = /** @type {HTMLElement | null} */ (next ? next.previousElementSibling : list.lastElementChild);
    if (!before?.matches(".message") || (before.dataset.at ?? "") <= (element.dataset.at ?? "")) break;
    next = before;
  }
  list.insertBefore(element, next);
  trim(list, "older");
}

/**
 * Keeps a list short by dropping what is furthest away, behind a link to it.
 * @param {Element} list
 * @param {"older" | "newer"} side where to drop
 */
export function trim(list, side) {
  const messages = [...list.querySelectorAll(":scope > .message:not(.pending)")];
  const many = messages.length - KEPT;
  if (many <= 0 || list.id !== "messages") return;
  const dropped = side === "older" ? messages.slice(0, many) : messages.slice(-many);
  const edge = /** @type {HTMLElement} */ (side === "older" ? messages[many] : messages[messages.length - many - 1]);
  list.querySelector(`:scope > .${side}`)?.remove();
  for (const message of dropped) message.remove();
  link(list, edge, side);
}

/**
 * Puts a link at an end of a list to what lies beyond this message.
 * @param {Element} list
 * @param {HTMLElement} edge
 * @param {"older" | "newer"} side
 */
export function link(list, edge, side) {
  const item = document.createElement("li");
  item.className = side;
  const more = document.createElement("a");
  more.href = `${(edge.dataset.self ?? "").replace(/\/messages\/.*/, "")}?${side === "older" ? "before" : "after"}=${edge.dataset.message}`;
  more.textContent = side === "older" ? "Older messages" : "Newer messages";
  item.append(more);
  if (side === "older") list.prepend(item);
  else list.append(item);
}

/** So many messages stand in what is read out. */
const HEARD = 5;

/**
 * Lets who cannot see the chat hear what somebody else says in it.
 * @param {string} html
 */
export function readOut(html) {
  const log = document.getElementById("heard");
  const message = elements(html).find((one) => one.matches(".message"));
  const isHere = message && document.querySelector(`[data-live-list="${CSS.escape(message.dataset.into ?? "")}"]`);
  if (!log || !isHere || message.dataset.author === document.body.dataset.user) return;
  const line = document.createElement("p");
  line.textContent = `${message.querySelector(".who b")?.textContent}: ${message.querySelector(".content")?.textContent?.trim()}`;
  log.append(line);
  if (log.children.length > HEARD) log.firstElementChild?.remove();
}

/** @param {Element} scroller */
export function isAtEnd(scroller) {
  return scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 80;
}

/** Shows the newest message. */
export function toEnd() {
  const scroller = document.getElementById("scroller");
  if (scroller) scroller.scrollTop = scroller.scrollHeight;
}
