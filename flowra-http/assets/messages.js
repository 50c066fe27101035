// Messages where they stand: local times, the reader's own marks, and what follows what.

/** Within how long what somebody says next stands below the same name, in milliseconds. */
const GROUP = 5 * 60 * 1000;

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });

/**
 * Shows times in the reader's zone, marks the reader's own reactions, and groups the messages anew.
 * @param {ParentNode} root
 */
export function dress(root) {
  for (const time of root.querySelectorAll("time[data-show]")) {
    const at = new Date(time.getAttribute("datetime") ?? "");
    time.textContent = (time.getAttribute("data-show") === "day" ? day : clock).format(at);
    time.setAttribute("title", at.toLocaleString());
  }
  const me = document.body.dataset.user ?? "";
  for (const reaction of root.querySelectorAll("[data-users]")) {
    reaction.toggleAttribute("data-mine", me !== "" && (reaction.getAttribute("data-users") ?? "").split(" ").includes(me));
  }
  const list = document.getElementById("messages");
  if (list) group(list);
}

/**
 * Says of each message whether it opens a day and whether it follows its author's last one.
 * @param {HTMLElement} list
 */
function group(list) {
  /** @type {HTMLElement | null} */
  let before = null;
  for (const message of /** @type {NodeListOf<HTMLElement>} */ (list.querySelectorAll(":scope > .message"))) {
    const at = new Date(message.dataset.at ?? "");
    const last = before ? new Date(before.dataset.at ?? "") : null;
    const opens = last === null || last.toDateString() !== at.toDateString();
    const follows = !opens && before?.dataset.author === message.dataset.author && at.getTime() - last.getTime() < GROUP;
    message.toggleAttribute("data-opens-day", opens);
    message.toggleAttribute("data-follows", follows);
    before = message;
  }
}

/**
 * Puts what the server rendered into the page: in place of what has the same id, else at the end of the list that it belongs into.
 * @param {string} html
 */
export function place(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  const scroller = document.getElementById("scroller");
  const isAtEnd = scroller !== null && scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 80;
  for (const element of [...template.content.children]) {
    // What has a rank has its place on a board, which moves it itself and keeps the focus on it.
    if (element.hasAttribute("data-rank")) continue;
    const standing = element.id ? document.getElementById(element.id) : null;
    const into = element.getAttribute("data-into");
    if (standing) standing.replaceWith(element);
    else if (into) document.querySelector(`[data-live-list="${CSS.escape(into)}"]`)?.append(element);
    htmx.process(element);
  }
  dress(document.body);
  if (isAtEnd) toEnd();
}

/** Shows the newest message. */
export function toEnd() {
  const scroller = document.getElementById("scroller");
  if (scroller) scroller.scrollTop = scroller.scrollHeight;
}
