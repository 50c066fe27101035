// The open task: its fields are saved as they are chosen, one after the other, what others do to it shows at once, and what is typed on it stays.
// Without scripts each field has a button.
import { tell } from "./ask.js";
import { dress as dressMessages } from "./messages.js";

/** How long a choice rests before it is saved, in milliseconds: arrow keys pass over others on their way. */
const REST = 500;
/** The same for a day: while its year is typed, each digit makes another one. */
const REST_OF_DAY = 1200;
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
  body.addEventListener("htmx:load", (event) => {
    const part = /** @type {Element} */ (event.target).parentElement ?? document;
    dress(part);
    dressMessages(part);
  });
  body.addEventListener("change", choose);
  body.addEventListener("focusout", leave);
  body.addEventListener("htmx:beforeRequest", (event) => {
    const form = /** @type {CustomEvent} */ (event).detail.elt;
    if (form.matches("#task form")) saving = form;
  });
  body.addEventListener("htmx:beforeSwap", keep);
  body.addEventListener("htmx:afterRequest", (event) => {
    const { detail } = /** @type {CustomEvent} */ (event);
    // The form itself is gone with the old task, so the event comes from what is around it.
    if (!saving || detail.requestConfig?.elt !== saving) return;
    const isSaved = detail.successful && saving.classList.contains("auto");
    const isHere = saving.isConnected;
    // What is chosen and was not saved must not look as if it were.
    if (!detail.successful && isHere) for (const select of saving.querySelectorAll("select")) select.value = given(select);
    saving = null;
    if (isSaved) tell("Saved.");
    if (isHere) save();
  });
  // Not before: until a new form is settled its submission would leave the page.
  body.addEventListener("htmx:afterSettle", save);
  addEventListener("beforeunload", (event) => {
    if (isUnsaved()) event.preventDefault();
  });
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
  timer = window.setTimeout(save, field instanceof HTMLSelectElement ? REST : field.type === "date" ? REST_OF_DAY : 0);
}

/**
 * A field that was changed by script, since the task was shown anew while somebody typed, tells nobody of its change when it is left.
 * @param {Event} event
 */
function leave(event) {
  const { id, form } = /** @type {Field} */ (event.target);
  if (!form?.classList.contains("auto")) return;
  // After what made the field lose the focus: a new task gives it back.
  setTimeout(() => {
    const field = /** @type {Field | null} */ (document.getElementById(id));
    if (!field || field === document.activeElement || field instanceof HTMLSelectElement || !differs(field)) return;
    changed.add(id);
    save();
  });
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
  return field.value !== (field instanceof HTMLSelectElement ? given(field) : field.defaultValue);
}

/** @param {HTMLSelectElement} select */
function given(select) {
  return ([...select.options].find((one) => one.defaultSelected) ?? select.options[0])?.value ?? "";
}

/** Whether something is written on the task that nothing saves by itself: a comment, or its title and description. */
export function isUnsaved() {
  const inputs = /** @type {Field[]} */ ([...(open()?.querySelectorAll("form:not(.auto) :is(input, textarea)[id]") ?? [])]);
  return inputs.some(differs);
}

/**
 * Lets what was typed into other fields outlive the new task that a save brings.
 * @param {Event} event
 */
function keep(event) {
  const { detail } = /** @type {CustomEvent} */ (event);
  if (detail.target.id !== "task") return;
  // An answer to an earlier question may come after that to a later one.
  if (isOlder(detail.serverResponse, detail.target)) detail.shouldSwap = false;
  const inputs = /** @type {Field[]} */ ([...detail.target.querySelectorAll(":is(input, select, textarea)[id]")]);
  // What was just saved is in the new task; what was refused is not, and a field that others changed meanwhile shows what they made of it.
  const isTaken = (/** @type {Field} */ field) => field.form === saving && (detail.xhr.status < 400 || (detail.xhr.status === 409 && saving?.classList.contains("auto")));
  const typed = inputs.filter((field) => !isTaken(field) && differs(field)).map((field) => ({
    id: field.id,
    value: field.value,
    before: field instanceof HTMLSelectElement ? given(field) : field.defaultValue,
    // A conflict that is being shown is settled by the next save.
    version: field.form === saving ? "" : (versionOf(field)?.value ?? ""),
  }));
  const unfolded = [...detail.target.querySelectorAll("details")].map((one) => one.open);
  if (!detail.shouldSwap) return;
  const active = /** @type {Field | null} */ (detail.target.contains(document.activeElement) ? document.activeElement : null);
  const caret = active && "selectionStart" in active ? [active.selectionStart, active.selectionEnd] : [];
  document.body.addEventListener("htmx:afterSwap", () => {
    for (const { id, value, before, version } of typed) {
      const field = /** @type {Field | null} */ (document.getElementById(id));
      if (!field) continue;
      const now = field instanceof HTMLSelectElement ? given(field) : field.defaultValue;
      const token = versionOf(field);
      // Somebody else changed the same: saved on what was there before, it is a conflict, which shows both.
      if (now !== before && now !== value && token && version) token.value = version;
      field.value = value;
    }
    document.querySelectorAll("#task details").forEach((one, at) => one.toggleAttribute("open", unfolded[at]));
    const again = active?.id ? /** @type {Field | null} */ (document.getElementById(active.id)) : null;
    again?.focus({ preventScroll: true });
    if (again && !(again instanceof HTMLSelectElement) && typeof caret[0] === "number") again.setSelectionRange(caret[0], caret[1] ?? caret[0]);
  }, { once: true });
}

/**
 * The version of the task that a field's form was given, and changes.
 * @param {Field} field
 */
const versionOf = (field) => /** @type {HTMLInputElement | null} */ (field.form?.elements.namedItem("version") ?? null);

/**
 * Whether an answer shows the same task as it was before what is shown now.
 * @param {string} html
 * @param {HTMLElement} shown
 */
function isOlder(html, shown) {
  const [, task, version] = /data-task="([^"]+)"[^>]* data-version="(\d+)"/.exec(html) ?? [];
  return task === shown.dataset.task && Number(version) < Number(shown.dataset.version);
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
  if (isShown) return;
  if (saving) {
    renewal = window.setTimeout(() => renew(html), GATHER);
    return;
  }
  void htmx.ajax("GET", open()?.dataset.self ?? "", { target: "#task", swap: "outerHTML" });
}
