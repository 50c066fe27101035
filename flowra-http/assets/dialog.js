// Panels of the server in a dialog: what has `data-dialog` opens there, and its forms answer there.
import { dress } from "./messages.js";
import { part, post, reason, tell, words } from "./ask.js";

/** Lets links open dialogs. */
export function dialogs() {
  document.addEventListener("click", (event) => {
    const link = /** @type {Element} */ (event.target).closest("a[data-dialog]");
    if (!(link instanceof HTMLAnchorElement) || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    show(link.href);
  });
  document.addEventListener("submit", submit);
}

/** @returns {HTMLDialogElement} */
function dialog() {
  const standing = document.getElementById("dialog");
  if (standing instanceof HTMLDialogElement) return standing;
  const made = document.createElement("dialog");
  made.id = "dialog";
  made.setAttribute("aria-labelledby", "dialog-title");
  made.addEventListener("click", (event) => {
    const fields = /** @type {HTMLInputElement[]} */ ([...made.querySelectorAll("form[method=post] :is(input:not([type=hidden], [type=checkbox], [type=radio]), textarea)")]);
    // A slip of the pointer throws nothing away that was typed.
    if (event.target === made && !fields.some((field) => field.value !== field.defaultValue)) made.close();
  });
  document.body.append(made);
  return made;
}

/**
 * @param {string} html
 */
function fill(html) {
  const box = dialog();
  const panel = document.createElement("article");
  panel.className = "panel";
  panel.innerHTML = html;
  const close = document.createElement("button");
  close.type = "button";
  close.className = "close";
  close.textContent = "✕";
  close.setAttribute("aria-label", "Close");
  close.addEventListener("click", () => box.close());
  panel.append(close);
  box.replaceChildren(panel);
  dress(panel);
  if (!box.open) box.showModal();
  /** @type {HTMLElement | null} */ (panel.querySelector("[autofocus], [aria-invalid=true]") ?? panel.querySelector("input:not([type=hidden]), button"))?.focus();
}

/** @param {string} url where the panel is */
export async function show(url) {
  try {
    fill(await part(url));
  } catch (error) {
    tell(words(error));
  }
}

/** @param {SubmitEvent} event */
async function submit(event) {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || !form.closest("#dialog") || !["get", "post"].includes(form.method)) return;
  event.preventDefault();
  // Pressed twice, it is done once.
  if (form.ariaBusy === "true") return;
  if (form.method === "get") return show(`${form.action}?${new URLSearchParams(/** @type {Record<string, string>} */ (Object.fromEntries(new FormData(form))))}`);
  const button = event.submitter;
  const question = button?.getAttribute("data-confirm");
  if (question && !(await confirmed(question, button?.textContent ?? "Yes"))) return;
  const body = new URLSearchParams();
  for (const [name, value] of new FormData(form, button)) body.append(name, String(value));
  form.ariaBusy = "true";
  try {
    const answer = await post(button?.getAttribute("formaction") ?? form.action, body);
    const onward = answer.headers.get("HX-Redirect");
    if (onward) {
      // It stays busy until the page is left.
      return location.assign(onward);
    }
    if (answer.ok || answer.status === 422) {
      const { scrollTop } = dialog();
      const name = button?.getAttribute("name");
      const same = name ? `[name="${CSS.escape(name)}"][value="${CSS.escape(button?.getAttribute("value") ?? "")}"]` : "";
      fill(await answer.text());
      // Where one was, unless there is something to mend or to be asked, or the control is gone with what it did.
      const isDone = answer.ok && !dialog().querySelector("[autofocus]");
      const again = isDone && same ? dialog().querySelector(same) : null;
      if (again instanceof HTMLElement) {
        dialog().scrollTop = scrollTop;
        again.focus({ preventScroll: true });
      }
      if (isDone) tell("Done.");
      document.body.dispatchEvent(new CustomEvent("flowra:sidebar"));
    } else tell(await reason(answer));
  } catch (error) {
    tell(words(error));
  }
  form.ariaBusy = null;
}

/**
 * Asks before something that cannot be undone.
 * @param {string} question
 * @param {string} yes what the button says
 * @returns {Promise<boolean>}
 */
export function confirmed(question, yes) {
  const box = document.createElement("dialog");
  box.setAttribute("aria-labelledby", "question");
  const panel = document.createElement("article");
  panel.className = "panel small";
  const text = document.createElement("p");
  text.id = "question";
  text.textContent = question;
  const buttons = document.createElement("p");
  buttons.className = "buttons";
  const back = document.activeElement;
  const answer = (/** @type {string} */ label, /** @type {string} */ value, /** @type {string} */ name) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = name;
    button.textContent = label;
    button.addEventListener("click", () => box.close(value));
    return button;
  };
  buttons.append(answer("Cancel", "", "plain-button"), answer(yes, "yes", "danger"));
  panel.append(text, buttons);
  box.append(panel);
  document.body.append(box);
  box.showModal();
  return new Promise((resolve) => {
    box.addEventListener("close", () => {
      box.remove();
      if (back instanceof HTMLElement) back.focus({ preventScroll: true });
      resolve(box.returnValue === "yes");
    });
  });
}
