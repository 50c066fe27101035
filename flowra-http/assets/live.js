// The page's one WebSocket: what happens comes through it, in order and without a hole, also after sleep.
import { place } from "./messages.js";

/** How long to wait before the next try, in milliseconds: twice as long each time, up to half a minute. */
const FIRST_WAIT = 500;
const LONGEST_WAIT = 30_000;
/** The server says nothing for a minute at most before it hangs up; the page asks twice as often. */
const PING = 25_000;
/** Close code: the session is over. */
const SIGN_IN = 4001;

/** @typedef {{ type: string, cursor?: string, chat_id?: string, data?: { id?: string, html?: string } }} Frame */

/** @type {WebSocket | undefined} */
let socket;
let cursor = "";
let wait = FIRST_WAIT;

/** Follows the workspace of this page and its chats from the place on at which the page was rendered. */
export function follow() {
  if (!document.body.dataset.cursor) return;
  cursor = document.body.dataset.cursor;
  connect();
  setInterval(() => send({ type: "ping" }), PING);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") markRead();
  });
  window.addEventListener("online", () => connect());
}

/**
 * Sends a command, if there is a connection.
 * @param {object} command
 */
export function send(command) {
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(command));
}

function connect() {
  if (socket && socket.readyState <= WebSocket.OPEN) return;
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  socket = new WebSocket(`${scheme}://${location.host}/live`);
  socket.addEventListener("message", (event) => hear(JSON.parse(event.data)));
  socket.addEventListener("close", (event) => {
    if (event.code === SIGN_IN) return location.reload();
    show(false);
    setTimeout(connect, wait * (0.5 + Math.random()));
    wait = Math.min(wait * 2, LONGEST_WAIT);
  });
}

/** @param {Frame} frame */
function hear(frame) {
  switch (frame.type) {
    case "hello": {
      const { chats = "", workspace = "" } = document.body.dataset;
      send({ type: "resume", after: cursor, chat_ids: chats.split(" ").filter(Boolean), workspace_ids: [workspace] });
      return;
    }
    case "resumed":
      wait = FIRST_WAIT;
      show(true);
      break;
    case "resync":
      return location.reload();
    case "error":
      return console.warn("live:", frame);
  }
  if (frame.cursor) cursor = frame.cursor;
  if (frame.data) apply(frame);
}

/** @param {Frame} frame */
function apply(frame) {
  const open = document.getElementById("messages")?.dataset.chat;
  if (frame.data?.html) place(frame.data.html);
  if (frame.type === "message.deleted") refetch(frame.data?.id);
  if (frame.type === "message.posted" && frame.chat_id === open) markRead();
  else if (/^(message\.(posted|deleted)|chat\.|workspace\.)/.test(frame.type)) announce("sidebar", frame);
  announce(frame.type, frame);
}

/**
 * Lets parts of the page hear of it: `hx-trigger="flowra:task.created from:body"`.
 * @param {string} name
 * @param {Frame} frame
 */
function announce(name, frame) {
  document.body.dispatchEvent(new CustomEvent(`flowra:${name}`, { detail: frame }));
}

/** @param {string | undefined} id */
async function refetch(id) {
  const standing = document.getElementById(`m-${id}`);
  const url = standing?.dataset.self;
  if (!url) return;
  const answer = await fetch(url, { headers: { "HX-Request": "true" } });
  if (answer.ok) place(await answer.text());
}

/** Tells the server how far the reader has come, when they look. */
function markRead() {
  const list = document.getElementById("messages");
  const newest = list?.querySelector(":scope > .message:last-of-type");
  if (document.visibilityState !== "visible" || !list || !newest) return;
  send({ type: "read", chat_id: list.dataset.chat, message_id: newest.id.slice(2) });
}

/** @param {boolean} isConnected */
function show(isConnected) {
  const note = document.getElementById("connection");
  if (note) note.hidden = isConnected;
  document.body.toggleAttribute("data-live", isConnected);
}
