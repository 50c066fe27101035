// The palette: finds chats, people, tasks and actions as one types. What is offered comes from the server, as the links of a page.
import { reason, words } from "./ask.js";
import { isCommand } from "./keys.js";

/** How long is waited for the next letter before the server is asked, in milliseconds. */
const PAUSE = 80;

/** Lets the palette open, by its keys and by its link. */
export function palette() {
  const opener = document.getElementById("jump");
  if (!(opener instanceof HTMLAnchorElement)) return;
  opener.setAttribute("aria-haspopup", "dialog");
  /** @type {{ toggle: () => void } | undefined} */
  let made;
  const toggle = () => (made ??= build(opener.href)).toggle();
  opener.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    toggle();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "k" || !isCommand(event) || event.shiftKey) return;
    event.preventDefault();
    toggle();
  });
}

const FRAME = `<article class="palette">
<div class="palette-field"><input type="text" role="combobox" aria-expanded="false" aria-controls="palette-list" aria-autocomplete="list" aria-label="Jump to a chat, person, task or action" placeholder="Chat, person, task or action" maxlength="100" autocomplete="off" autocapitalize="off" spellcheck="false" enterkeyhint="go"><button type="button"><span class="key" aria-hidden="true">Esc</span><span class="word">Close</span></button></div>
<div id="palette-list" role="listbox" aria-label="Found"></div>
<p class="palette-says" role="status"></p>
<p class="palette-foot"><span><kbd>↑</kbd> <kbd>↓</kbd> choose</span> <span><kbd>Enter</kbd> opens</span> <span><kbd>#</kbd> chats</span> <span><kbd>@</kbd> people</span> <span><kbd>&gt;</kbd> actions</span></p>
<div class="palette-forms" hidden></div>
</article>`;

/**
 * @param {string} url where the server offers
 */
function build(url) {
  const box = document.createElement("dialog");
  box.id = "palette";
  box.setAttribute("aria-label", "Jump to");
  box.innerHTML = FRAME;
  document.body.append(box);
  const field = /** @type {HTMLInputElement} */ (box.querySelector("input"));
  const list = /** @type {HTMLElement} */ (box.querySelector("#palette-list"));
  const says = /** @type {HTMLElement} */ (box.querySelector(".palette-says"));
  const forms = /** @type {HTMLElement} */ (box.querySelector(".palette-forms"));
  /** @type {HTMLElement[]} */
  let options = [];
  let at = 0;
  /** The answer that is awaited; older ones come too late. */
  let turn = 0;
  /** What the offers answer to; none do while it is null. @type {string | null} */
  let shown = null;
  /** Whether the first offer is to be taken as soon as it comes. */
  let isHasty = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let later;
  /** @type {AbortController | undefined} */
  let request;

  const choose = (/** @type {number} */ next, isSeen = true) => {
    if (options.length === 0) return;
    options[at]?.setAttribute("aria-selected", "false");
    at = (next + options.length) % options.length;
    options[at].setAttribute("aria-selected", "true");
    field.setAttribute("aria-activedescendant", options[at].id);
    if (!isSeen) return;
    // With the first offer its heading comes into view.
    if (at === 0) list.scrollTop = 0;
    else options[at].scrollIntoView({ block: "nearest" });
  };
  const say = (/** @type {string} */ text, isQuiet = false) => {
    says.classList.toggle("hidden", isQuiet);
    says.textContent = text;
  };
  const offer = (/** @type {string} */ html) => {
    const template = document.createElement("template");
    template.innerHTML = html;
    const sections = [...template.content.querySelectorAll("section")];
    const told = [...template.content.querySelectorAll("[data-says]")].map((one) => one.textContent?.trim());
    forms.replaceChildren(...template.content.querySelectorAll("form"));
    list.replaceChildren(...sections);
    options = sections.flatMap((section, index) => dress(section, index));
    options.forEach((option, index) => (option.id = `palette-${index}`));
    list.hidden = options.length === 0;
    field.setAttribute("aria-expanded", String(options.length > 0));
    field.removeAttribute("aria-activedescendant");
    choose(0);
    say(told.length ? told.join(" ") : options.length === 1 ? "1 found" : `${options.length} found`, told.length === 0);
  };
  const take = () => {
    if (shown !== field.value) isHasty = true;
    else options[at]?.click();
  };
  const load = async () => {
    clearTimeout(later);
    request?.abort();
    request = new AbortController();
    const mine = ++turn;
    const asked = field.value;
    list.setAttribute("aria-busy", "true");
    try {
      const html = await look(url, asked, request.signal);
      if (mine !== turn) return;
      shown = asked;
      offer(html);
    } catch (error) {
      if (mine !== turn) return;
      shown = null;
      isHasty = false;
      offer("");
      say(words(error));
    }
    list.removeAttribute("aria-busy");
    if (!isHasty || shown !== field.value) return;
    isHasty = false;
    take();
  };

  field.addEventListener("input", () => {
    clearTimeout(later);
    isHasty = false;
    later = setTimeout(load, PAUSE);
  });
  field.addEventListener("keydown", (event) => {
    if (event.isComposing || event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === "ArrowDown") choose(at + 1);
    else if (event.key === "ArrowUp") choose(at - 1);
    // At once, unlike the browser, so that the next key is the page's again.
    else if (event.key === "Escape") box.close();
    else if (event.key === "Enter") {
      if (!list.hasAttribute("aria-busy") && shown === null) load();
      take();
    } else return;
    event.preventDefault();
  });
  box.addEventListener("pointermove", (event) => {
    const option = /** @type {Element} */ (event.target).closest("[role=option]");
    if (option) choose(options.indexOf(/** @type {HTMLElement} */ (option)), false);
  });
  // The field keeps the focus, and with it a phone its keyboard.
  list.addEventListener("mousedown", (event) => event.preventDefault());
  box.addEventListener("click", (event) => {
    const target = /** @type {Element} */ (event.target);
    if (target === box || target.closest("[role=option], .palette-field button")) box.close();
  });
  // Told of late, maybe after the palette is open again.
  box.addEventListener("close", () => {
    if (box.open) return;
    turn += 1;
    clearTimeout(later);
    request?.abort();
  });
  return {
    toggle() {
      if (box.open) return box.close();
      // Another dialog asks for an answer first.
      if (document.querySelector("dialog[open]")) return;
      field.value = "";
      shown = null;
      isHasty = false;
      offer("");
      say("Looking…");
      box.showModal();
      field.focus();
      load();
    },
  };
}

/**
 * Makes options of the links and buttons of a section.
 * @param {Element} section
 * @param {number} index
 */
function dress(section, index) {
  const heading = section.querySelector("h2");
  section.setAttribute("role", "group");
  if (heading) {
    heading.id = `palette-kind-${index}`;
    heading.setAttribute("role", "presentation");
    section.setAttribute("aria-labelledby", heading.id);
  }
  for (const item of section.querySelectorAll("ul, li")) item.setAttribute("role", "presentation");
  const options = /** @type {HTMLElement[]} */ ([...section.querySelectorAll("a, button")]);
  for (const option of options) {
    option.setAttribute("role", "option");
    option.setAttribute("aria-selected", "false");
    option.tabIndex = -1;
  }
  return options;
}

/**
 * What the server offers.
 * @param {string} url
 * @param {string} typed
 * @param {AbortSignal} signal
 */
async function look(url, typed, signal) {
  const query = new URLSearchParams({ q: typed });
  const open = document.getElementById("messages")?.dataset.chat;
  if (open) query.set("open", open);
  const answer = await fetch(`${url}?${query}`, { headers: { "HX-Request": "true" }, signal });
  const onward = answer.headers.get("HX-Redirect");
  if (onward) location.assign(onward);
  if (!answer.ok) throw new Error(await reason(answer));
  return answer.text();
}
