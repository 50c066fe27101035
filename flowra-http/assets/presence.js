// Who is there, and who is writing.

/** How long somebody is shown as writing after they were heard of, in milliseconds. */
const SHOWN = 5000;

/** @type {Map<string, number>} */
const writing = new Map();

/** Lets go of those who stopped writing. */
export function presence() {
  if (document.getElementById("typing")) setInterval(show, 1000);
}

/** @param {{ chat_id?: string, username?: string }} frame */
export function hearTyping(frame) {
  if (frame.chat_id !== document.getElementById("messages")?.dataset.chat || !frame.username) return;
  writing.set(frame.username, Date.now() + SHOWN);
  show();
}

/** @param {{ user_id?: string, is_online?: boolean }} frame */
export function hearPresence(frame) {
  for (const dot of document.querySelectorAll(`[data-person="${CSS.escape(frame.user_id ?? "")}"]`)) dot.toggleAttribute("data-online", frame.is_online);
}

function show() {
  const line = document.getElementById("typing");
  if (!line) return;
  for (const [name, until] of writing) if (until < Date.now()) writing.delete(name);
  const names = [...writing.keys()];
  const text = names.length === 0 ? "" : names.length > 2 ? "Several people are typing…" : `${names.join(" and ")} ${names.length === 1 ? "is" : "are"} typing…`;
  if (line.textContent !== text) line.textContent = text;
}
