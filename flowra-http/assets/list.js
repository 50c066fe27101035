// The list of tasks: keys go from row to row and select, many are changed at once, and what others change is shown in its row.
import { part, tell, words } from "./ask.js";
import { panel } from "./board.js";
import { times } from "./messages.js";

/** How long changes are gathered before they are asked for together, in milliseconds. */
const GATHER = 400;

/** @type {Set<string>} */
const changed = new Set();
/** @type {number | undefined} */
let timer;

/** Makes the filter of a board or list work, and the list of this page if it has one. */
export function list() {
  filter();
  if (!document.getElementById("list")) return;
  document.addEventListener("keydown", key);
  document.addEventListener("change", chosen);
  document.body.addEventListener("htmx:afterSettle", (event) => {
    dress();
    const { elt, requestConfig } = /** @type {CustomEvent} */ (event).detail;
    if (elt?.id === "list" && requestConfig?.verb === "post") document.getElementById("outcome")?.focus();
  });
  for (const name of ["created", "renamed", "status_changed", "assigned", "unassigned", "priority_set", "due_date_set", "due_date_cleared", "labels_changed", "epic_set"]) {
    document.body.addEventListener(`flowra:task.${name}`, (event) => {
      const id = /id="t-([^"]+)"/.exec(/** @type {CustomEvent} */ (event).detail.data?.html ?? "")?.[1];
      if (id) changed.add(id);
      timer ??= window.setTimeout(() => {
        timer = undefined;
        refresh().catch((error) => tell(words(error)));
      }, GATHER);
    });
  }
  document.body.addEventListener("flowra:task.deleted", (event) => {
    document.getElementById(`r-${/** @type {CustomEvent} */ (event).detail.data?.id}`)?.remove();
    dress();
  });
  panel();
  dress();
}

/** What is chosen counts at once; empty conditions stay out of the address, and one that cannot be read is shown at its field. */
function filter() {
  document.getElementById("filter")?.addEventListener("change", (event) => {
    const at = /** @type {HTMLInputElement} */ (event.target);
    if (at.matches("select, [type='date']")) at.form?.requestSubmit();
  });
  document.body.addEventListener("htmx:configRequest", (event) => {
    const { detail } = /** @type {CustomEvent} */ (event);
    if (detail.elt.id !== "filter") return;
    for (const [name, value] of [...detail.formData]) if (!String(value).trim()) detail.formData.delete(name);
  });
  document.body.addEventListener("htmx:beforeSwap", (event) => {
    const { detail } = /** @type {CustomEvent} */ (event);
    if (detail.xhr.status !== 422) return;
    if (detail.requestConfig.elt.id === "filter") location.assign(detail.pathInfo.finalRequestPath);
    else if (detail.target.id === "list") detail.shouldSwap = true;
    else return;
    detail.isError = false;
  });
}

const rows = () => /** @type {HTMLElement[]} */ ([...document.querySelectorAll(".task-row")]);

/** @param {Element} row */
const box = (row) => /** @type {HTMLInputElement} */ (row.querySelector("input"));

/** @param {Element | undefined} row */
function focus(row) {
  /** @type {HTMLElement | null | undefined} */ (row?.querySelector(".row-title"))?.focus();
}

/** @param {KeyboardEvent} event */
function key(event) {
  const at = /** @type {HTMLElement} */ (event.target);
  const isTyping = at.matches("textarea, select, input:not([type='checkbox'])");
  if (isTyping || event.ctrlKey || event.metaKey || event.altKey || at.closest("#panel, dialog, #side")) return;
  const row = at.closest(".task-row");
  const all = rows();
  const index = row ? all.indexOf(/** @type {HTMLElement} */ (row)) : -1;
  if (event.key === "j" || (event.key === "ArrowDown" && row)) focus(all[Math.min(index + 1, all.length - 1)]);
  else if (event.key === "k" || (event.key === "ArrowUp" && row)) focus(all[Math.max(index - 1, 0)]);
  else if (event.key === "x" && row) box(row).click();
  else if (event.key === "Escape" && !document.getElementById("panel")?.hasChildNodes() && all.some((one) => box(one).checked)) {
    for (const one of all) box(one).checked = false;
    dress();
  } else return;
  event.preventDefault();
}

/** @param {Event} event */
function chosen(event) {
  const at = /** @type {HTMLInputElement} */ (event.target);
  if (at.id === "all") for (const row of rows()) box(row).checked = at.checked;
  if (at.matches("#all, .task-row input")) dress();
}

/** Says how many are selected. */
function dress() {
  const all = /** @type {HTMLInputElement | null} */ (document.getElementById("all"));
  const words = document.getElementById("chosen");
  if (!all || !words) return;
  const count = rows().filter((row) => box(row).checked).length;
  const text = `${count} selected`;
  if (words.textContent !== text) words.textContent = text;
  all.hidden = false;
  all.checked = count > 0 && count === rows().length;
  all.indeterminate = count > 0 && !all.checked;
}

/**
 * @param {Element | null} standing
 * @param {Element} fresh
 */
function replace(standing, fresh) {
  if (standing && Number(standing.getAttribute("data-version")) > Number(fresh.getAttribute("data-version"))) return;
  const had = standing?.contains(document.activeElement) ? document.activeElement : null;
  if (standing) box(fresh).checked = box(standing).checked;
  standing?.replaceWith(fresh);
  htmx.process(fresh);
  times(fresh);
  if (had) /** @type {HTMLElement | null} */ (fresh.querySelector(had.matches("input") ? "input" : ".row-title"))?.focus();
}

/** Rows of one answer of the server. @param {string} html */
function read(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return [...template.content.querySelectorAll(".task-row")];
}

/**
 * Shows what changed: in its row, where it stands; a new one where the list has it now. What fits the filter no more stays until
 * the list is asked for again, so that nothing jumps from under a pointer.
 */
async function refresh() {
  const ids = new Set(changed);
  changed.clear();
  if (!ids.size) return;
  const here = location.pathname;
  const body = document.getElementById("rows");
  if (!body) return void (await htmx.ajax("GET", here + location.search, { target: "#list", select: "#list", swap: "outerHTML" }));
  const now = read(await part(`${here}/rows${location.search}`));
  const order = now.map((row) => row.id);
  for (const [at, row] of now.entries()) {
    if (!ids.delete(row.id.slice(2))) continue;
    const standing = document.getElementById(row.id);
    const before = order.slice(0, at).reverse().map((id) => document.getElementById(id)).find(Boolean);
    if (!standing && before) before.after(row);
    else if (!standing) body.prepend(row);
    replace(standing, row);
  }
  for (const id of ids) {
    const standing = document.getElementById(`r-${id}`);
    if (!standing) continue;
    const [row] = read(await part(`/w/${document.body.dataset.workspace}/task/${id}/row`).catch(() => ""));
    if (row) replace(standing, row);
    else standing.remove();
  }
  dress();
}
