// The board: cards are moved by mouse, touch and keys, shown at once, put back when the server refuses, and follow the moves of others.
import { part, post as ask, reason, tell, uuid, words } from "./ask.js";
import { confirmed } from "./dialog.js";
import { times } from "./messages.js";
import { isUnsaved } from "./task.js";

/** How far a mouse goes before it drags, in pixels. */
const SLACK = 5;
/** How near an edge a held card scrolls what it is over, in pixels. */
const EDGE = 48;
/** How long a finger rests before it drags rather than scrolls, in milliseconds. */
const REST = 250;

/** @typedef {{ list: Element, next: Element | null }} Place */
/** @typedef {{ fields: Record<string, string>, list: Element, from: Place }} Move */

/** @type {HTMLElement | null} */
let held = null;
/** Whether the arrow keys move cards rather than the focus. */
let moves = false;
/**
 * The cards whose move the server has not told yet, by id: with the last move that waits behind it, and what others did to the card meanwhile.
 * @type {Map<string, { later?: Move, heard?: string }>}
 */
const moving = new Map();
/** @type {number | undefined} */
let recount;
/** @type {number | undefined} */
let renewal;

/** Makes the board of this page work, if it has one. */
export function board() {
  document.body.addEventListener("htmx:beforeSwap", (event) => {
    const { detail } = /** @type {CustomEvent} */ (event);
    if (detail.target.id === "task" && [409, 422].includes(detail.xhr.status)) detail.shouldSwap = true;
  });
  const root = document.getElementById("board");
  if (!root) return;
  root.addEventListener("submit", add);
  // Where the focus goes to another card or away, the arrows move nothing any more.
  root.addEventListener("focusout", () => {
    // Later, since a card that moves loses the focus for a moment.
    setTimeout(() => {
      if (moves && !document.activeElement?.closest(".card.held")) end();
    });
  });
  root.addEventListener("keydown", key);
  root.addEventListener("pointerdown", grip);
  root.addEventListener("dragstart", (event) => event.preventDefault());
  // There from the start: a browser decides when a finger comes down whether it may scroll.
  root.addEventListener("touchmove", (event) => {
    if (held) event.preventDefault();
  }, { passive: false });
  for (const name of ["created", "renamed", "status_changed", "assigned", "unassigned", "priority_set", "severity_set", "due_date_set", "due_date_cleared", "labels_changed", "moved", "described", "epic_set", "thread_begun"]) {
    document.body.addEventListener(`flowra:task.${name}`, (event) => hear(/** @type {CustomEvent} */ (event).detail.data?.html ?? ""));
  }
  document.body.addEventListener("flowra:task.deleted", (event) => {
    document.getElementById(`t-${/** @type {CustomEvent} */ (event).detail.data?.id}`)?.remove();
    count();
  });
  panel();
}

/**
 * Shows a card that changed. Only the server knows whether it fits a filter, so a filtered board is asked for again, once after many changes.
 * @param {string} html
 */
function hear(html) {
  if (!location.search) return upsert(html);
  clearTimeout(renewal);
  renewal = window.setTimeout(async () => {
    if (isBusy()) return hear(html);
    const fresh = document.createElement("template");
    fresh.innerHTML = await part(location.pathname + location.search).catch(() => "");
    const columns = fresh.content.querySelector("#board")?.children;
    if (!columns) return;
    // What one has begun meanwhile is not taken out of one's hands.
    if (isBusy()) return hear(html);
    const had = document.activeElement?.closest("#board .card")?.id ?? "";
    const scrolled = [...document.querySelectorAll("#board .cards")].map((list) => list.scrollTop);
    const root = /** @type {HTMLElement} */ (document.getElementById("board"));
    root.replaceChildren(...columns);
    root.querySelectorAll(".cards").forEach((list, at) => (list.scrollTop = scrolled[at] ?? 0));
    htmx.process(root);
    times(root);
    if (had) focus(document.getElementById(had) ?? undefined);
  }, 400);
}

/** Whether somebody holds a card, is waiting for a move to be told, or writes the title of a new one. */
function isBusy() {
  const inputs = /** @type {HTMLInputElement[]} */ ([...document.querySelectorAll("#board form input:not([type=hidden])")]);
  return held !== null || moves || moving.size > 0 || inputs.some((input) => input.value !== "" || input === document.activeElement);
}

/** @param {Element} card */
const title = (card) => `${/** @type {HTMLElement} */ (card).dataset.key} ${card.querySelector(".card-title")?.textContent}`;

/** @param {Element} list */
const nameOf = (list) => /** @type {HTMLElement} */ (list).dataset.name ?? "";

/**
 * Puts a card that the server rendered where its column and rank say; beyond what is loaded it is left out.
 * @param {string} html
 */
function upsert(html) {
  const card = rendered(html);
  if (!card) return;
  const standing = document.getElementById(card.id);
  if (standing && Number(standing.dataset.version) > Number(card.dataset.version)) return;
  const own = moving.get(card.id);
  if (own) {
    own.heard = html;
    return;
  }
  const hadFocus = standing?.contains(document.activeElement);
  // What is dragged stays in the hand that drags it, which the server tells of the change when the card is put down.
  if (standing && standing === held) return;
  times(card);
  standing?.remove();
  const list = document.querySelector(`.cards[data-slug="${CSS.escape(card.dataset.column ?? "")}"]`);
  const others = /** @type {HTMLElement[]} */ ([...(list?.querySelectorAll(".card") ?? [])]);
  const next = others.find((other) => (other.dataset.rank ?? "") > (card.dataset.rank ?? "") || (other.dataset.rank === card.dataset.rank && other.id > card.id));
  const more = list?.querySelector(".more");
  if (next) next.before(card);
  else if (!more) list?.append(card);
  htmx.process(card);
  if (hadFocus) {
    card.classList.toggle("held", moves);
    focus(card);
  }
  count();
}

/**
 * The card in what the server rendered.
 * @param {string} html
 */
function rendered(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return /** @type {HTMLElement | null} */ (template.content.querySelector(".card"));
}

/** Asks for the columns' numbers, once after many changes. */
function count() {
  clearTimeout(recount);
  recount = window.setTimeout(async () => {
    // Counts that cannot be had now come with the next change.
    const html = await part(`${base()}/board/counts${location.search}`).catch(() => "");
    const template = document.createElement("template");
    template.innerHTML = html;
    for (const number of [...template.content.children]) document.getElementById(number.id)?.replaceWith(number);
  }, 300);
}

const base = () => `/w/${document.body.dataset.workspace}`;

/**
 * @param {string} path
 * @param {Record<string, string>} fields
 */
function post(path, fields) {
  const unreachable = (/** @type {unknown} */ error) => new Response(`<p class="lead">${words(error)}</p>`, { status: 503 });
  return ask(base() + path, new URLSearchParams(fields)).catch(unreachable);
}

/**
 * The keys of titles that were sent and not answered as they should.
 * @type {Map<string, string>}
 */
const tried = new Map();

/** @param {SubmitEvent} event */
async function add(event) {
  event.preventDefault();
  const form = /** @type {HTMLFormElement} */ (event.target);
  const fields = /** @type {Record<string, string>} */ (Object.fromEntries(new FormData(form)));
  if (!fields.title?.trim()) return;
  // Two of one title are two, but what is tried again since its answer was lost is one.
  fields.key = tried.get(fields.title) ?? uuid();
  tried.set(fields.title, fields.key);
  // At once, so that pressed twice it is added once, and the next title can be written meanwhile.
  form.reset();
  const answer = await post("/tasks", fields);
  if (!answer.ok) {
    const title = /** @type {HTMLInputElement | null} */ (form.elements.namedItem("title"));
    // The next title may be begun; then this one is in what is said.
    const isKept = title && !title.value;
    if (isKept) title.value = fields.title;
    const why = await reason(answer);
    return tell(isKept ? why : `“${fields.title}” was not added. ${why}`);
  }
  tried.delete(fields.title);
  hear(await answer.text());
  tell(location.search ? "Added. It is not shown here unless it fits the filter." : "Added.");
}

/**
 * Has the server told where a card stands now. While it is told of one move, only the last of those that follow waits: each needs the version
 * that the one before made, or it would look like a conflict with oneself.
 * @param {HTMLElement} card
 * @param {Place} from
 */
function settle(card, from) {
  const list = /** @type {HTMLElement} */ (card.parentElement);
  const next = card.nextElementSibling;
  const before = next?.classList.contains("card") ? next.id.slice(2) : "";
  const after = card.previousElementSibling?.id.slice(2) ?? "";
  const ahead = moving.get(card.id);
  if (!ahead && list === from.list && next === from.next) return;
  /** @type {Record<string, string>} */
  const fields = { column: list.dataset.slug ?? "" };
  if (before) fields.before = before;
  else if (after) fields.after = after;
  const move = { fields, list, from: ahead?.later?.from ?? from };
  if (ahead) ahead.later = move;
  else void send(card, move);
}

/**
 * Tells the server of a move and of what follows it; puts the card back when that is refused.
 * @param {HTMLElement} card
 * @param {Move} move
 */
async function send(card, move) {
  const path = `/task/${card.id.slice(2)}`;
  /** @type {{ later?: Move, heard?: string }} */
  const own = {};
  moving.set(card.id, own);
  let version = card.dataset.version ?? "";
  for (;;) {
    const answer = await post(`${path}/move`, { ...move.fields, version });
    const html = answer.ok ? await answer.text() : "";
    if (answer.ok && own.later) {
      version = rendered(html)?.dataset.version ?? version;
      move = own.later;
      own.later = undefined;
      continue;
    }
    moving.delete(card.id);
    if (answer.ok) {
      const told = rendered(html);
      // In somebody's hand again it is not taken out of it.
      if (held?.id === card.id && told) Object.assign(held.dataset, { version: told.dataset.version, rank: told.dataset.rank });
      else upsert(html);
      upsert(own.heard ?? "");
      return tell(`${title(card)} moved to ${nameOf(move.list)}.`);
    }
    const { from, list } = move;
    if (card.isConnected) from.list.insertBefore(card, from.next?.parentElement === from.list ? from.next : null);
    upsert(await part(`${base()}${path}/card`).catch(() => ""));
    if (answer.status !== 409) return tell(`${title(card)} stays where it was. ${await reason(answer)}`);
    const standing = document.getElementById(card.id)?.closest(".cards");
    return tell(`Somebody else changed ${title(card)} meanwhile. It stands in ${standing ? nameOf(standing) : "another place"}; you wanted ${nameOf(list)}. Move it again if that is still right.`);
  }
}

/** @param {KeyboardEvent} event */
function key(event) {
  const link = /** @type {HTMLElement} */ (event.target);
  const card = /** @type {HTMLElement | null} */ (link.closest(".card"));
  if (!card || !link.classList.contains("card-title")) return;
  if (event.key === "m" || (event.key === "Escape" && moves)) {
    event.preventDefault();
    if (event.key !== "m" || moves) return end();
    moves = true;
    card.classList.add("held");
    return tell(`Moving ${title(card)}. Arrow keys move it, Escape ends.`);
  }
  if (!event.key.startsWith("Arrow")) return;
  event.preventDefault();
  const list = /** @type {Element} */ (card.parentElement);
  const lists = [...document.querySelectorAll(".cards")];
  const isMove = moves || event.altKey;
  const from = { list, next: card.nextElementSibling };
  if (event.key === "ArrowUp" || event.key === "ArrowDown") {
    const other = event.key === "ArrowUp" ? card.previousElementSibling : card.nextElementSibling;
    if (!other?.classList.contains("card")) return;
    if (!isMove) return focus(other);
    if (event.key === "ArrowUp") other.before(card);
    else other.after(card);
  } else {
    let at = lists.indexOf(list) + (event.key === "ArrowLeft" ? -1 : 1);
    if (!isMove) {
      while (lists[at] && !lists[at].querySelector(".card")) at += event.key === "ArrowLeft" ? -1 : 1;
      const row = [...list.children].indexOf(card);
      const cards = lists[at]?.querySelectorAll(".card") ?? [];
      return focus(cards[Math.min(row, cards.length - 1)]);
    }
    if (!lists[at]) return;
    lists[at].prepend(card);
  }
  focus(card);
  settle(card, from);
}

/** Arrow keys go from card to card again. */
function end() {
  moves = false;
  for (const card of document.querySelectorAll(".card.held")) card.classList.remove("held");
  tell("Moving ended.");
}

/** @param {Element | undefined} card */
function focus(card) {
  /** @type {HTMLElement | null | undefined} */ (card?.querySelector(".card-title, .row-title"))?.focus();
}

/** @param {PointerEvent} down */
function grip(down) {
  const card = /** @type {HTMLElement | null} */ (/** @type {Element} */ (down.target).closest(".card"));
  if (!card || down.button !== 0) return;
  const from = { list: /** @type {Element} */ (card.parentElement), next: card.nextElementSibling };
  const isTouch = down.pointerType === "touch";
  const end = new AbortController();
  /** @type {PointerEvent} */
  let last = down;
  const roll = () => {
    if (held !== card || end.signal.aborted) return;
    if (edge(last)) hover(card, last);
    requestAnimationFrame(roll);
  };
  const start = () => {
    held = card;
    card.classList.add("held");
    requestAnimationFrame(roll);
  };
  const timer = isTouch ? setTimeout(start, REST) : undefined;
  const stop = () => {
    clearTimeout(timer);
    end.abort();
    card.classList.remove("held");
  };
  const options = { signal: end.signal };
  const back = () => {
    stop();
    const isHeld = held === card;
    held = null;
    if (isHeld && card.isConnected) from.list.insertBefore(card, from.next?.parentElement === from.list ? from.next : null);
  };
  document.addEventListener("pointermove", (move) => {
    // Deleted by somebody else, there is nothing left to drag.
    if (!card.isConnected) {
      held = null;
      return stop();
    }
    const isFar = Math.hypot(move.clientX - down.clientX, move.clientY - down.clientY) > SLACK;
    if (isTouch && !held && isFar) return stop();
    if (!isTouch && !held && isFar) start();
    last = move;
    if (held) hover(card, move);
  }, options);
  document.addEventListener("pointercancel", back, options);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") back();
  }, options);
  document.addEventListener("pointerup", () => {
    const isMoved = held === card;
    stop();
    held = null;
    if (!isMoved) return;
    const click = new AbortController();
    card.addEventListener("click", (event) => {
      event.preventDefault();
      event.stopPropagation();
    }, { capture: true, signal: click.signal });
    setTimeout(() => click.abort());
    settle(card, from);
  }, options);
}

/**
 * Lets the card stand where it would come to stand.
 * @param {HTMLElement} card
 * @param {PointerEvent} at
 */
function hover(card, at) {
  const below = document.elementFromPoint(at.clientX, at.clientY)?.closest(".column")?.querySelector(".cards");
  if (!below) return;
  const next = [...below.children].find((other) => {
    const box = other.getBoundingClientRect();
    return other !== card && at.clientY < box.top + box.height / 2;
  });
  const end = next ?? below.querySelector(":scope > .more");
  if (card.parentElement !== below || card.nextElementSibling !== end) below.insertBefore(card, end);
}

/**
 * Scrolls the board and its columns while a card is held near their edges: most columns of a narrow window are out of sight.
 * @param {PointerEvent} at
 * @returns {boolean} whether anything moved
 */
function edge(at) {
  const below = document.elementFromPoint(at.clientX, at.clientY);
  let isMoved = false;
  for (const box of [below?.closest(".board"), below?.closest(".cards")]) {
    if (!box) continue;
    const { left, right, top, bottom } = box.getBoundingClientRect();
    const { scrollLeft, scrollTop } = box;
    box.scrollBy(pull(at.clientX - left, right - at.clientX), pull(at.clientY - top, bottom - at.clientY));
    isMoved ||= box.scrollLeft !== scrollLeft || box.scrollTop !== scrollTop;
  }
  return isMoved;
}

/**
 * How far to scroll in a frame, in pixels, with so much room on both sides.
 * @param {number} before
 * @param {number} after
 */
const pull = (before, after) => (before < EDGE ? before - EDGE : after < EDGE ? EDGE - after : 0) / 4;

/** The panel beside a board or list: takes the focus, and gives it back. */
export function panel() {
  const side = document.getElementById("panel");
  if (!side) return;
  /** @type {string} */
  let opener = "";
  const mayLeave = () => !isUnsaved() || confirmed("What you have written here is not saved.", "Discard it");
  const close = async () => {
    if (!(await mayLeave())) return;
    side.replaceChildren();
    focus(document.getElementById(opener) ?? undefined);
  };
  side.addEventListener("htmx:load", () => {
    if (!side.contains(document.activeElement)) side.focus();
    const task = side.querySelector(".task");
    if (!task || task.querySelector(".close")) return;
    const button = document.createElement("button");
    button.className = "close";
    button.type = "button";
    button.textContent = "Close";
    button.addEventListener("click", close);
    task.prepend(button);
  });
  // In a new tab or window it is opened there.
  document.addEventListener("click", (event) => {
    if ((event.ctrlKey || event.metaKey || event.shiftKey) && /** @type {Element} */ (event.target).closest("a[hx-get]")) event.stopPropagation();
  }, { capture: true });
  // Another task takes the place of this one.
  document.body.addEventListener("htmx:confirm", async (event) => {
    const { detail } = /** @type {CustomEvent} */ (event);
    if (detail.target !== side || !isUnsaved()) return;
    event.preventDefault();
    if (await mayLeave()) detail.issueRequest(true);
  });
  document.getElementById("main")?.addEventListener("htmx:beforeRequest", (event) => {
    opener = /** @type {Element} */ (event.target).closest(".card, .task-row")?.id ?? opener;
  });
  // Heard by the document: while a saved task is swapped in, the focus is in neither the old nor the new.
  document.addEventListener("keydown", (event) => {
    const isElsewhere = event.defaultPrevented || event.isComposing || held || document.querySelector("dialog[open]");
    if (event.key !== "Escape" || !side.hasChildNodes() || isElsewhere) return;
    // Or the same key would close the question whether to close.
    event.preventDefault();
    void close();
  });
}
