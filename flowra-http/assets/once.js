// A form that leads to another page is sent once, however often its button is pressed until that page is there.

/** Lets no form be sent again that is on its way. */
export function once() {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    // Another module sends it, and keeps the page.
    if (event.defaultPrevented || !(form instanceof HTMLFormElement) || form.method !== "post" || form.hasAttribute("hx-post")) return;
    if (form.ariaBusy === "true") event.preventDefault();
    else form.ariaBusy = "true";
  });
  // Back from that page, it may be sent anew.
  addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[aria-busy]")) form.removeAttribute("aria-busy");
  });
}
