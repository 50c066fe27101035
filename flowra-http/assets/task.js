// The fields of a task are saved as they are chosen, one after the other; what is typed elsewhere on it stays. Without scripts each has a button.
import { tell } from "./ask.js";

/** How long a choice rests before it is saved, in milliseconds: arrow keys pass over others on their way. */
const REST = 500;

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
  const open = [...detail.target.querySelectorAll("details")].map((one) => one.open);
  if (!detail.shouldSwap) return;
  document.body.addEventListener("htmx:afterSwap", () => {
    for (const [id, value] of typed) {
      const field = /** @type {Field | null} */ (document.getElementById(id));
      if (field) field.value = value;
    }
    document.querySelectorAll("#task details").forEach((one, at) => one.toggleAttribute("open", open[at]));
  }, { once: true });
}
