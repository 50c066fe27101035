// What a composer offers while one types: people after `@`, tags and their values after `#`, emoji after `:`.
import { part } from "./ask.js";
import { named } from "./emoji.js";
import { elements } from "./messages.js";

/** Each tag with what it takes. */
const TAGS = new Map([
  ["task", "makes a task: its title"],
  ["bug", "makes a bug: its title"],
  ["epic", "makes an epic: its title"],
  ["status", "sets the status"],
  ["assignee", "assigns to @somebody"],
  ["priority", "sets the priority"],
  ["severity", "sets a bug's severity"],
  ["due", "sets the due date"],
  ["title", "renames the task"],
  ["label", "adds labels"],
  ["on", "acts on a task: its key"],
  ["invite", "adds @somebody to the chat"],
  ["remove", "removes @somebody from the chat"],
  ["close", "closes the chat"],
  ["reopen", "reopens the chat"],
]);

/** The values of tags that have a fixed set. */
const VALUES = new Map([
  ["status", ["Backlog", "To Do", "New", "Planned", "In Progress", "Investigating", "In Review", "Fixed", "Done", "Verified", "Completed", "Cancelled"]],
  ["priority", ["Low", "Medium", "High", "Critical"]],
  ["severity", ["Critical", "Major", "Minor", "Trivial"]],
]);

/** How long to wait for the next letter of a name before people are asked for, in milliseconds. */
const PAUSE = 100;

/** @typedef {{ from: number, options: HTMLElement[] }} Offer */

/**
 * Completes in this field.
 * @param {HTMLTextAreaElement} field
 * @param {string} url where people are found
 * @returns {() => boolean} whether the keys are for the list of offers now
 */
export function complete(field, url) {
  const list = document.createElement("ul");
  list.id = `${field.id}-offers`;
  list.className = "offers";
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "Suggestions");
  field.parentElement?.append(list);
  let from = 0;
  let turn = 0;
  let at = 0;

  const close = () => {
    list.hidden = true;
    field.removeAttribute("aria-activedescendant");
    field.removeAttribute("aria-controls");
  };
  const choose = (/** @type {number} */ next) => {
    const options = [...list.children];
    at = (next + options.length) % options.length;
    options.forEach((option, index) => option.setAttribute("aria-selected", String(index === at)));
    field.setAttribute("aria-activedescendant", options[at].id);
    options[at].scrollIntoView({ block: "nearest" });
  };
  const take = () => {
    const text = /** @type {HTMLElement} */ (list.children[at]).dataset.insert ?? "";
    field.setRangeText(text, from, field.selectionStart, "end");
    close();
    field.dispatchEvent(new Event("input"));
  };
  // What stands does not fit any more what has been typed since; the server's answer comes later than the next key may.
  const narrow = () => {
    if (list.hidden) return;
    const typed = field.value.slice(from, field.selectionStart).toLowerCase().replace(/^[@#:]/, "");
    for (const option of [...list.children]) {
      const words = (option.textContent ?? "").toLowerCase().split(/[\s@#:]+/);
      if (!words.some((word) => word.startsWith(typed))) option.remove();
    }
    if (list.children.length && field.selectionStart > from) choose(0);
    else close();
  };
  const look = async () => {
    const mine = ++turn;
    narrow();
    const typed = field.value.slice(0, field.selectionStart);
    if (MENTION.test(typed)) await new Promise((resolve) => setTimeout(resolve, PAUSE));
    if (mine !== turn) return;
    const offer = await offers(typed, url).catch(() => null);
    if (mine !== turn || document.activeElement !== field || field.value.slice(0, field.selectionStart) !== typed) return;
    if (!offer || offer.options.length === 0) return close();
    from = offer.from;
    offer.options.forEach((option, index) => (option.id = `${list.id}-${index}`));
    list.replaceChildren(...offer.options);
    list.hidden = false;
    field.setAttribute("aria-controls", list.id);
    choose(0);
  };
  field.addEventListener("input", look);
  field.addEventListener("blur", close);
  list.addEventListener("pointerdown", (event) => {
    const option = /** @type {Element} */ (event.target).closest("li");
    if (!option) return;
    event.preventDefault();
    at = [...list.children].indexOf(option);
    take();
  });
  let wasOpen = false;
  field.addEventListener("keydown", (event) => {
    wasOpen = !list.hidden && ["Enter", "Tab", "Escape", "ArrowDown", "ArrowUp"].includes(event.key);
    if (!wasOpen || event.isComposing) return;
    event.preventDefault();
    event.stopPropagation();
    if (event.key === "Escape") close();
    else if (event.key === "ArrowDown") choose(at + 1);
    else if (event.key === "ArrowUp") choose(at - 1);
    else take();
  });
  return () => wasOpen;
}

/** A mention that is being written. */
const MENTION = /(?:^|[\s(])@([\w.-]*)$/;

/**
 * What goes on with this text.
 * @param {string} text up to the caret
 * @param {string} url
 * @returns {Promise<Offer | null>}
 */
async function offers(text, url) {
  const mention = MENTION.exec(text);
  if (mention) {
    const typed = mention[1];
    const people = elements(await part(`${url}?q=${encodeURIComponent(typed)}`));
    const groups = ["channel", "here", "admins"].filter((name) => typed && name.startsWith(typed.toLowerCase()));
    return { from: text.length - typed.length - 1, options: [...people, ...groups.map((name) => option(`@${name} `, `@${name}`, ""))] };
  }
  const line = text.slice(text.lastIndexOf("\n") + 1);
  const tag = /^\s*(?:#.* )?#([a-z]*)$/.exec(line);
  if (tag) {
    const found = [...TAGS].filter(([name]) => name.startsWith(tag[1]));
    return { from: text.length - tag[1].length - 1, options: found.map(([name, does]) => option(`#${name} `, `#${name}`, does)) };
  }
  const value = /^\s*#(?:.* #)?(\w+) ([\w ]*)$/.exec(line);
  const values = value && VALUES.get(value[1]);
  if (value && values) {
    const found = values.filter((one) => one.toLowerCase().startsWith(value[2].toLowerCase()) && one !== value[2]);
    return { from: text.length - value[2].length, options: found.map((one) => option(one, one, "")) };
  }
  const emoji = /(?:^|\s):([a-z_]{2,})$/.exec(text);
  if (emoji) {
    const found = named(emoji[1]).slice(0, 8);
    return { from: text.length - emoji[1].length - 1, options: found.map(([sign, name]) => option(`${sign} `, `${sign} :${name}:`, "")) };
  }
  return null;
}

/**
 * @param {string} insert
 * @param {string} label
 * @param {string} hint
 */
function option(insert, label, hint) {
  const item = document.createElement("li");
  item.setAttribute("role", "option");
  item.dataset.insert = insert;
  const name = document.createElement("b");
  name.textContent = label;
  const small = document.createElement("small");
  small.textContent = hint;
  item.append(name, " ", small);
  return item;
}
