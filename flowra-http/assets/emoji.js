// The emoji that the picker and the composer offer: a small set that a team uses, by group, with the names one types.

/** @type {[string, string][]} */
const GROUPS = [
  ["Often used", "👍 thumbsup|👎 thumbsdown|✅ check|❤️ heart|😂 joy|🎉 tada|👀 eyes|🙏 pray|🚀 rocket|🔥 fire|💯 hundred|➕ plus"],
  ["Faces", "😀 grinning|😄 smile|😅 sweat_smile|🙂 slight_smile|😉 wink|😊 blush|😍 heart_eyes|🤔 thinking|😐 neutral|😕 confused|😢 cry|😭 sob|😱 scream|😡 rage|😴 sleeping|🤯 exploding_head|😎 sunglasses|🤝 handshake"],
  ["Hands", "👋 wave|👏 clap|🙌 raised_hands|👌 ok_hand|✌️ victory|🤞 crossed_fingers|💪 muscle|👉 point_right|🤷 shrug|🤦 facepalm"],
  ["Work", "📌 pin|📎 clip|📝 memo|📅 calendar|⏰ alarm|🐛 bug|🔧 wrench|🔒 lock|💡 bulb|📈 chart|⚠️ warning|❌ cross|❓ question|❗ exclamation|🏁 flag|🚧 construction"],
  ["Life", "☕ coffee|🍕 pizza|🍰 cake|🍺 beer|🌞 sun|🌧️ rain|🌱 seedling|🐱 cat|🐶 dog|⭐ star|🏆 trophy|🎵 music"],
];

const EMOJI = GROUPS.flatMap(([, list]) => list.split("|").map((one) => one.split(" ")));

/**
 * The emoji whose names begin so.
 * @param {string} typed
 */
export function named(typed) {
  return EMOJI.filter(([, name]) => name.startsWith(typed) || name.includes(`_${typed}`));
}

/**
 * Lets the reader choose an emoji for a message.
 * @param {HTMLElement} message
 * @returns {Promise<string>} none when they changed their mind
 */
export function pick(message) {
  const box = document.createElement("dialog");
  box.className = "picker";
  box.setAttribute("aria-label", "React with an emoji");
  const search = document.createElement("input");
  search.type = "search";
  search.placeholder = "Find an emoji";
  search.setAttribute("aria-label", "Find an emoji");
  const groups = document.createElement("div");
  box.append(search, groups);
  for (const [name, list] of GROUPS) groups.append(group(name, list, box));
  document.body.append(box);
  search.addEventListener("input", () => {
    const typed = search.value.trim().toLowerCase();
    for (const button of groups.querySelectorAll("button")) button.hidden = !button.title.includes(typed);
    for (const part of groups.querySelectorAll("section")) part.hidden = !part.querySelector("button:not([hidden])");
  });
  box.addEventListener("keydown", (event) => step(event, groups, search));
  box.addEventListener("click", (event) => {
    if (event.target === box) box.close();
  });
  box.showModal();
  const id = message.id;
  return new Promise((resolve) => {
    box.addEventListener("close", () => {
      box.remove();
      document.getElementById(id)?.focus({ preventScroll: true });
      resolve(box.returnValue);
    });
  });
}

/**
 * @param {string} name
 * @param {string} list
 * @param {HTMLDialogElement} box
 */
function group(name, list, box) {
  const section = document.createElement("section");
  const heading = document.createElement("h3");
  heading.textContent = name;
  const grid = document.createElement("div");
  grid.className = "grid-of-emoji";
  for (const [emoji, title] of list.split("|").map((one) => one.split(" "))) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = emoji;
    button.title = title;
    button.setAttribute("aria-label", title.replaceAll("_", " "));
    button.addEventListener("click", () => box.close(emoji));
    grid.append(button);
  }
  section.append(heading, grid);
  return section;
}

/**
 * Arrows go from emoji to emoji; Enter in the search takes the first.
 * @param {KeyboardEvent} event
 * @param {HTMLElement} groups
 * @param {HTMLInputElement} search
 */
function step(event, groups, search) {
  const shown = [...groups.querySelectorAll("button")].filter((button) => button.offsetParent !== null);
  const at = shown.indexOf(/** @type {HTMLButtonElement} */ (document.activeElement));
  if (event.key === "Enter" && event.target === search) {
    event.preventDefault();
    shown[0]?.click();
    return;
  }
  const row = shown.filter((button) => button.offsetTop === shown[0]?.offsetTop).length || 1;
  const moves = new Map([
    ["ArrowRight", 1],
    ["ArrowLeft", -1],
    ["ArrowDown", at < 0 ? 1 : row],
    ["ArrowUp", -row],
  ]);
  const move = moves.get(event.key);
  if (!move || (event.target === search && event.key !== "ArrowDown")) return;
  event.preventDefault();
  (shown[at + move] ?? (move < 0 ? search : shown.at(-1)))?.focus();
}
