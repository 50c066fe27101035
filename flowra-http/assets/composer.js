// Where one writes: Enter sends, the field grows, a refusal stands below it.
import { place, toEnd } from "./messages.js";

/** Makes the composer of this page work, if it has one. */
export function compose() {
  toEnd();
  const form = /** @type {HTMLFormElement | null} */ (document.getElementById("composer"));
  const field = form?.querySelector("textarea");
  const error = document.getElementById("composer-error");
  if (!form || !field || !error) return;
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    if (field.value.trim()) form.requestSubmit();
  });
  form.addEventListener("htmx:afterRequest", (event) => {
    const { successful, xhr } = /** @type {CustomEvent} */ (event).detail;
    error.hidden = successful;
    if (successful) {
      form.reset();
      place(xhr.responseText);
      toEnd();
    } else if (xhr.status === 422) error.innerHTML = xhr.responseText;
    else error.textContent = "This could not be sent. Check the connection and try again.";
  });
  field.focus({ preventScroll: true });
}
