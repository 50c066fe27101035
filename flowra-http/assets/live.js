// The page's one WebSocket: what happens comes through it, in order and without a hole, also after sleep.
import { part, tellNext } from "./ask.js";
import { forget, resend } from "./composer.js";
import { place, readOut } from "./messages.js";
import { hearPresence, hearTyping, stopTyping } from "./presence.js";
import { markAgain, markRead } from "./unread.js";

/** How long to wait before the next try, in milliseconds: twice as long each time, up to half a minute. */
const FIRST_WAIT = 500;
const LONGEST_WAIT = 30_000;
/** The server says nothing for a minute at most before it hangs up; the page asks twice as often. */
const PING = 25_000;
/** How long the server may take to answer that, in milliseconds. */
const PATIENCE = 5000;
/** How long to gather before the list of chats is asked for, and how long when it was asked for just now, or nobody looks, in milliseconds. */
const SOON = 300;
const BUSY = 1500;
const HIDDEN = 5000;
/** Close code: the session is over. */
const SIGN_IN = 4001;

/** @typedef {{ type: string, cursor?: string, actor_id?: string, chat_id?: string, workspace_id?: string, user_id?: string, username?: string, is_online?: boolean, data?: { id?: string, html?: string, request_id?: string } }} Frame */

/** @type {WebSocket | undefined} */
let socket;
let cursor = "";
let wait = FIRST_WAIT;
/** When the server was heard of last. */
let heardAt = 0;
/** When the list of chats was asked for last. */
let listedAt = 0;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let listing;

/** Follows the workspace of this page and its chats from the place on at which the page was rendered. */
export function follow() {
  if (!document.body.dataset.cursor) return;
  cursor = document.body.dataset.cursor;
  connect();
  setInterval(probe, PING);
  window.addEventListener("online", probe);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState !== "visible") return;
    probe();
    // What was read elsewhere meanwhile is told by no event.
    clearTimeout(listing);
    listing = undefined;
    relist();
  });
  document.body.addEventListener("htmx:afterSettle", followMore);
}

/**
 * Sends a command, if there is a connection.
 * @param {object} command
 */
export function send(command) {
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(command));
}

/** Asks for the list of chats with its counts: once for all that happens within a moment, and seldom where much does. */
export function relist() {
  const pause = document.visibilityState !== "visible" ? HIDDEN : Date.now() - listedAt < BUSY ? BUSY : SOON;
  listing ??= setTimeout(() => {
    listing = undefined;
    listedAt = Date.now();
    announce("sidebar", {});
  }, pause);
}

/**
 * Follows the chats that have come into the list; what happened before is in their counts, which are asked for again. What has left the list is
 * forgotten, so that it is followed anew when it comes back: a right may have gone before the server heard that the chat was to be followed.
 */
function followMore() {
  const followed = (document.body.dataset.chats ?? "").split(" ");
  const listed = [...document.querySelectorAll("#sidebar [data-chat]")].map((link) => link.getAttribute("data-chat") ?? "");
  const fresh = listed.filter((chat) => !followed.includes(chat));
  document.body.dataset.chats = listed.join(" ");
  if (!fresh.length) return;
  for (const chat of fresh) send({ type: "subscribe", chat_id: chat });
  relist();
}

/** Leaves a workspace that one is no member of any more. */
function leave() {
  tellNext("You are no member of that workspace any more.");
  location.assign("/");
}

/**
 * Forgets a chat that one may not read any more, so that it is followed anew when one may.
 * @param {string | undefined} chat
 */
function followLess(chat) {
  const followed = (document.body.dataset.chats ?? "").split(" ");
  document.body.dataset.chats = followed.filter((one) => one !== chat).join(" ");
  // The page says what became of it.
  if (chat && chat === document.getElementById("messages")?.dataset.chat) location.reload();
  else relist();
}

/** Asks whether the server is still there: after sleep, or a change of networks, a connection may look open that nobody answers on. */
function probe() {
  const mine = socket;
  if (mine?.readyState !== WebSocket.OPEN) return connect();
  const askedAt = Date.now();
  send({ type: "ping" });
  setTimeout(() => {
    if (socket !== mine || mine.readyState !== WebSocket.OPEN || heardAt >= askedAt) return;
    socket = undefined;
    mine.close();
    show(false);
    connect();
  }, PATIENCE);
}

function connect() {
  if (socket && socket.readyState <= WebSocket.OPEN) return;
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  const mine = new WebSocket(`${scheme}://${location.host}/live`);
  let isGreeted = false;
  socket = mine;
  mine.addEventListener("message", (event) => {
    if (socket !== mine) return;
    isGreeted = true;
    heardAt = Date.now();
    hear(JSON.parse(event.data));
  });
  mine.addEventListener("close", (event) => {
    if (socket !== mine) return;
    if (event.code === SIGN_IN) return location.reload();
    show(false);
    // A browser does not say why it was turned away. When the session is over, any part of the page leads to where one signs in.
    if (!isGreeted) part(document.getElementById("sidebar")?.getAttribute("hx-get") ?? location.pathname).catch(() => {});
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
      markAgain();
      resend();
      // Who is there, and what was read elsewhere, is told by no event.
      relist();
      break;
    case "unsubscribed":
      return frame.workspace_id ? leave() : followLess(frame.chat_id);
    case "resync":
      return location.reload();
    case "chat.typing":
      return hearTyping(frame);
    case "presence.changed":
      return hearPresence(frame);
    case "error":
      console.warn("live:", frame);
      // A page that cannot go on where it was is read anew, rather than shown as it was for ever.
      if (!document.body.hasAttribute("data-live")) setTimeout(() => location.reload(), wait);
      return;
  }
  if (frame.cursor) cursor = frame.cursor;
  if (frame.data) apply(frame);
}

/** @param {Frame} frame */
function apply(frame) {
  const open = document.getElementById("messages")?.dataset.chat;
  const { html, request_id: request } = frame.data ?? {};
  if (html) {
    const isOwn = request && document.querySelector(`[data-key="${CSS.escape(request)}"]`);
    if (isOwn) forget(request);
    place(html, frame.type === "message.posted" ? { isNew: true, request } : {});
    if (frame.type === "message.posted") readOut(html);
  }
  if (frame.type === "message.posted" && frame.chat_id === open) {
    stopTyping(frame.actor_id);
    markRead();
  }
  if (/^(message\.(posted|deleted)|chat\.|workspace\.)/.test(frame.type)) relist();
  if (frame.chat_id === open && frame.type.startsWith("chat.")) changed(frame);
  announce(frame.type, frame);
  announce("event", frame);
}

/**
 * The open chat is another one now: its head is asked for; who may post is another page.
 * @param {Frame} frame
 */
function changed(frame) {
  if (/^chat\.(closed|reopened|deleted)$/.test(frame.type)) location.reload();
  else announce("room", frame);
}

/**
 * Lets parts of the page hear of it: `hx-trigger="flowra:task.created from:body"`.
 * @param {string} name
 * @param {object} frame
 */
export function announce(name, frame) {
  document.body.dispatchEvent(new CustomEvent(`flowra:${name}`, { detail: frame }));
}

/** @param {boolean} isConnected */
function show(isConnected) {
  const note = document.getElementById("connection");
  if (note) note.hidden = isConnected;
  document.body.toggleAttribute("data-live", isConnected);
}
