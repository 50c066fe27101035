// Who is there, and who is writing.

/** How long somebody is shown as writing after they were heard of, in milliseconds. */
const SHOWN = 5000;

/** Who, with their name and until when. @type {Map<string, { name: string, until: number }>} */
const writing = new Map();

/** Lets go of those who stopped writing. */
export function presence() {
  if (document.getElementById("typing")) setInterval(show, 1000);
}

/** @param {{ chat_id?: string, user_id?: string, username?: string }} frame */
export function hearTyping(frame) {
  if (frame.chat_id !== document.getElementById("messages")?.dataset.chat || !frame.user_id) return;
  writing.set(frame.user_id, { name: frame.username ?? "", until: Date.now() + SHOWN });
  show();
}

/** @param {{ user_id?: string, is_online?: boolean }} frame */
export function hearPresence(frame) {
  for (const dot of document.querySelectorAll(`[data-person="${CSS.escape(frame.user_id ?? "")}"]`)) dot.toggleAttribute("data-online", frame.is_online);
}

/**
 * Who has said it writes it no more.
 * @param {string | undefined} user
 */
export function stopTyping(user) {
  if (writing.delete(user ?? "")) show();
}

function show() {
  const line = document.getElementById("typing");
  if (!line) return;
  for (const [user, { until }] of writing) if (until < Date.now()) writing.delete(user);
  const names = [...writing.values()].map(({ name }) => name);
  const text = names.length === 0 ? "" : names.length > 2 ? "Several people are typing…" : `${names.join(" and ")} ${names.length === 1 ? "is" : "are"} typing…`;
  if (line.textContent !== text) line.textContent = text;
}
