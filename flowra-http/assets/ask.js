// What pages ask the server: parts of pages, and changes that answer with one.

/**
 * A part of a page.
 * @param {string} url
 * @returns {Promise<string>}
 */
export async function part(url) {
  const answer = await fetch(url, { headers: { "HX-Request": "true" } });
  if (!answer.ok) throw new Error(await reason(answer));
  return answer.text();
}

/**
 * Posts fields; answers with what the server shows of the change.
 * @param {string} url
 * @param {Record<string, string>} fields
 * @returns {Promise<string>}
 */
export async function change(url, fields) {
  const answer = await post(url, new URLSearchParams(fields));
  if (!answer.ok) throw new Error(await reason(answer));
  return answer.text();
}

/**
 * @param {string} url
 * @param {URLSearchParams} body
 * @param {Record<string, string>} [headers]
 */
export function post(url, body, headers = {}) {
  return fetch(url, { method: "POST", body, headers: { "HX-Request": "true", "X-CSRF-Token": token(), ...headers } });
}

/** The token that the server expects back from this page. */
function token() {
  return JSON.parse(document.body.getAttribute("hx-headers") ?? "{}")["X-CSRF-Token"] ?? "";
}

/**
 * Why the server refused, for a person.
 * @param {Response} answer
 */
export async function reason(answer) {
  const said = new DOMParser().parseFromString(await answer.text(), "text/html");
  const text = (said.querySelector(".lead") ?? said.body).textContent?.trim();
  return text || "The server did not answer as it should. Try again.";
}

/**
 * Says something once, quietly, to everybody who sees or hears the page.
 * @param {string} text
 */
export function tell(text) {
  let note = document.getElementById("note");
  if (!note) {
    note = document.createElement("p");
    note.id = "note";
    note.className = "toast";
    note.setAttribute("role", "status");
    document.body.append(note);
  }
  note.textContent = text;
  note.hidden = false;
  setTimeout(() => {
    if (note.textContent === text) note.hidden = true;
  }, 5000);
}

/** @param {unknown} error */
export function words(error) {
  return error instanceof TypeError ? "The server cannot be reached. Try again." : error instanceof Error ? error.message : String(error);
}
