// The open task: its fields are saved as they are chosen, one after the other, what others do to it shows at once, and what is typed on it stays.
// Without scripts each field has a button.
import { tell } from "./ask.js";

/** How long a choice rests before it is saved, in milliseconds: arrow keys pass over others on their way. */
const REST = 500;
/** How long to gather what others do before the task is asked for again, in milliseconds. */
const GATHER = 250;

/** @typedef {HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement} Field */

/**
 * The ids of fields that were changed and are not saved yet. Each save makes the version that the next one needs.
 * @type {Set<string>}
 */
const changed = new Set();
/** @type {HTMLFormElement | null} */
let saving = null;
/** @type {number | undefined} */
let timer;
/** @type {number | undefined} */
let renewal;

/** Makes the task of this page, or of its panel, save itself. */
export function fields() {
  dress(document);
  const { body } = document;
  body.addEventListener("htmx:load", (event) => dress(/** @type {Element} */ (event.target).parentElement ?? document));
  body.addEventListener("change", choose);
  body.addEventListener("htmx:beforeRequest", (event) => {
    const form = /** @type {CustomEvent} */ (event).detail.elt;
    if (form.matches("#task form")) saving = form;
  });
  body.addEventListener("htmx:beforeSwap", keep);
  body.addEventListener("htmx:sendError", () => {
    if (saving) tell("The server could not be reached, so this is not saved. Change it again to try once more.");
  });
  body.addEventListener("htmx:afterRequest", (event) => {
    const { detail } = /** @type {CustomEvent} */ (event);
    // The form itself is gone with the old task, so the event comes from what is around it.
    if (!saving || detail.requestConfig?.elt !== saving) return;
    const isSaved = detail.successful && saving.classList.contains("auto");
    const isHere = saving.isConnected;
    saving = null;
    if (isSaved) tell("Saved.");
    if (isHere) save();
  });
  // Not before: until a new form is settled its submission would leave the page.
  body.addEventListener("htmx:afterSettle", save);
  body.addEventListener("flowra:event", (event) => hear(/** @type {CustomEvent} */ (event).detail));
}

/** @param {ParentNode} part */
function dress(part) {
  for (const form of part.querySelectorAll("#task .fields .field")) form.classList.add("auto");
}

/** @param {Event} event */
function choose(event) {
  const field = /** @type {Field} */ (event.target);
  if (!field.form?.classList.contains("auto")) return;
  changed.add(field.id);
  clearTimeout(timer);
  timer = window.setTimeout(save, field instanceof HTMLSelectElement ? REST : 0);
}

/** Saves the field that has waited longest, unless one is being saved. */
function save() {
  for (const id of changed) {
    if (saving) return;
    changed.delete(id);
    const field = /** @type {Field | null} */ (document.getElementById(id));
    if (field && differs(field)) field.form?.requestSubmit();
  }
}

/**
 * Whether a field holds something else than the server gave it.
 * @param {Field} field
 */
function differs(field) {
  if (!(field instanceof HTMLSelectElement)) return field.value !== field.defaultValue;
  const given = [...field.options].find((one) => one.defaultSelected) ?? field.options[0];
  return given?.value !== field.value;
}

/**
 * Lets what was typed into other fields outlive the new task that a save brings.
 * @param {Event} event
 */
function keep(event) {
  const { detail } = /** @type {CustomEvent} */ (event);
  if (detail.target.id !== "task") return;
  const inputs = /** @type {Field[]} */ ([...detail.target.querySelectorAll(":is(input, select, textarea)[id]")]);
  const typed = inputs.filter((field) => field.form !== saving && differs(field)).map((field) => /** @type {const} */ ([field.id, field.value]));
  const unfolded = [...detail.target.querySelectorAll("details")].map((one) => one.open);
  if (!detail.shouldSwap) return;
  document.body.addEventListener("htmx:afterSwap", () => {
    for (const [id, value] of typed) {
      const field = /** @type {Field | null} */ (document.getElementById(id));
      if (field) field.value = value;
    }
    document.querySelectorAll("#task details").forEach((one, at) => one.toggleAttribute("open", unfolded[at]));
  }, { once: true });
}

/** The task that is open, if there is one. */
const open = () => document.getElementById("task");

/**
 * Takes in what happened somewhere, if it is about the open task or its thread.
 * @param {{ type: string, data?: { id?: string, html?: string } }} frame
 */
function hear(frame) {
  const { task, thread } = open()?.dataset ?? {};
  const { id, html = "" } = frame.data ?? {};
  if (!task) return;
  if (frame.type === "task.deleted" && id === task) return tell(`${open()?.dataset.key} was deleted.`);
  const isChanged = html.includes(`id="t-${task}"`) && isNewer(html);
  const isSaid = frame.type === "message.posted" && thread && html.includes(`data-parent="${thread}"`);
  if (!isChanged && !isSaid) return;
  clearTimeout(renewal);
  renewal = window.setTimeout(() => renew(html), GATHER);
}

/**
 * Whether a card is of a later version than the open task.
 * @param {string} card
 */
const isNewer = (card) => Number(/data-version="(\d+)"/.exec(card)?.[1] ?? 0) > Number(open()?.dataset.version ?? 0);

/**
 * Asks for the open task again, unless it shows by now what happened: it does when that was done here.
 * @param {string} html
 */
function renew(html) {
  const said = /data-message="([^"]+)"/.exec(html)?.[1];
  const isShown = said ? open()?.querySelector(`[data-message="${CSS.escape(said)}"]`) : !isNewer(html);
  if (saving || isShown) return;
  void htmx.ajax("GET", open()?.dataset.self ?? "", { target: "#task", swap: "outerHTML" });
}
