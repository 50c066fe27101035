// What one has written, and where one stands, is kept: when others change the same, when a right goes or comes back, when a session ends.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { World, missing, register, shot, sound } from "./world.js";

/** @typedef {import("playwright-core").Page} Page */

/** @type {World} */
let world;
/** Where the chat is that everybody begins in. */
let chat = "";
/** @type {Page} */
let ada;
/** @type {Page} */
let bob;

/** Ada's, for the API. */
let token = "";

const DESK = { viewport: { width: 1280, height: 800 } };

before(async () => {
  if (missing) return;
  world = await World.start();
  ({ page: ada } = await world.visitor(DESK));
  await ada.goto("/");
  await register(ada, "Ada");
  await ada.getByLabel("Name").fill("Engines");
  await ada.getByRole("button", { name: "Create workspace" }).click();
  await live(ada);
  chat = new URL(ada.url()).pathname;
  ({ page: bob } = await world.visitor(DESK));
  await bob.goto(new URL((await api(ada, "POST", "/invites", {})).url).pathname);
  await bob.getByText("Ada wants you in the workspace Engines").waitFor();
  await sound(bob, "an invite");
  await bob.getByRole("button", { name: "Create an account" }).click();
  await register(bob, "Bob");
  await bob.getByRole("button", { name: "Join the workspace" }).click();
  await live(bob);
});
after(async () => world?.stop());

/** @param {Page} page */
const live = (page) => page.waitForSelector("body[data-live]");

/** @param {string} path */
const within = (path) => chat.replace(/\/c\/.*/, path);

/**
 * Does something in the workspace by the API, as Ada; answers with what it made.
 * @param {Page} page
 * @param {string} method
 * @param {string} path
 * @param {object} [data]
 */
async function api(page, method, path, data) {
  if (!token) {
    const signedIn = await page.request.post("/api/v1/auth/login", { data: { username: "ada", password: "correct horse battery" } });
    token = (await signedIn.json()).data.access_token;
  }
  const headers = { authorization: `Bearer ${token}` };
  const answer = await page.request.fetch(`/api/v1/workspaces/${chat.split("/")[2]}${path}`, { method, data, headers });
  assert.ok(answer.ok(), `${path}: ${answer.status()}`);
  return answer.status() === 204 ? null : (await answer.json()).data;
}

/**
 * @param {Page} page
 * @param {string} text
 */
async function write(page, text) {
  await page.locator("#main-content").fill(text);
  await page.locator("#main-content").press("Enter");
}

test("the menus can be read in both themes", { skip: missing }, async () => {
  for (const theme of ["light", "dark"]) {
    const { page } = await world.visitor({ ...DESK, colorScheme: /** @type {"light" | "dark"} */ (theme), storageState: await ada.context().storageState() });
    await page.goto(chat);
    await live(page);
    await page.locator(".side footer summary").click();
    await page.getByRole("button", { name: "Sign out" }).waitFor();
    await sound(page, `the menu of one's own, ${theme}`);
    await shot(page, `menu-${theme}`);
    await page.close();
  }
});

test("two who write the same field hear of each other, and nothing is lost", { skip: missing }, async () => {
  const { key } = await api(ada, "POST", "/tasks", { title: "Oil the mill" });
  for (const page of [ada, bob]) {
    await page.goto(within(`/task/${key}`));
    await live(page);
    await page.getByText("Edit title and description").click();
  }
  await bob.locator("#task-description").fill("Bob says: with oil");
  await ada.locator("#task-description").fill("Ada says: with fat");
  await ada.getByRole("button", { name: "Save description" }).click();
  await bob.locator("#task .content", { hasText: "Ada says: with fat" }).waitFor();
  assert.equal(await bob.locator("#task-description").inputValue(), "Bob says: with oil");
  await bob.getByRole("button", { name: "Save description" }).click();
  const conflict = bob.locator("#task .complaint");
  await conflict.waitFor();
  assert.match(await conflict.innerText(), /Ada says: with fat/);
  assert.match(await conflict.innerText(), /Bob says: with oil/);
  // Having seen both, one decides.
  assert.equal(await bob.locator("#task-description").inputValue(), "Bob says: with oil");
  await bob.getByRole("button", { name: "Save description" }).click();
  await ada.locator("#task .content", { hasText: "Bob says: with oil" }).waitFor();
  // What is refused of a field stays, to be mended.
  await bob.locator("#task-labels").fill("x".repeat(60));
  await bob.locator("#task-labels").press("Tab");
  await bob.locator("#task .complaint").waitFor();
  assert.equal(await bob.locator("#task-labels").inputValue(), "x".repeat(60));
  await bob.locator("#task-labels").fill("");
});

test("a task is a click away from where it is spoken of", { skip: missing }, async () => {
  await ada.goto(chat);
  await live(ada);
  await write(ada, "#task Grease the axle");
  await ada.locator("#messages > .message", { hasText: "Grease the axle" }).locator(".replies a").click();
  const link = ada.locator("#thread").getByRole("link", { name: /^ENGI-\d+$/ }).first();
  const key = await link.innerText();
  await write(ada, `Who does ${key}?`);
  await ada.locator("#messages").getByRole("link", { name: key }).click();
  await ada.getByRole("heading", { name: "Grease the axle" }).waitFor();
  // With the key for a new tab held, a card opens there and not beside the board.
  await ada.goto(within("/board"));
  await live(ada);
  const [tab] = await Promise.all([
    ada.context().waitForEvent("page"),
    ada.getByRole("link", { name: "Grease the axle" }).click({ modifiers: ["ControlOrMeta"] }),
  ]);
  await tab.getByRole("heading", { name: "Grease the axle" }).waitFor();
  await tab.close();
  assert.equal(await ada.locator("#panel .task").count(), 0);
});

test("nothing of a long text is cut off, and it stays where it was written", { skip: missing }, async () => {
  await ada.goto(chat);
  await live(ada);
  const text = `${"long ".repeat(2_400)}END`;
  await write(ada, text);
  await ada.getByText("A message has at most 10,000 characters, and this has 12,003. Nothing was sent.").waitFor();
  assert.equal(await ada.locator("#main-content").inputValue(), text);
  assert.equal(await ada.locator(".message.pending").count(), 0);
  await ada.locator("#main-content").fill("");
});

test("who is taken out of a group and back in again hears of it", { skip: missing }, async () => {
  const member = (await api(ada, "GET", "/members")).find((/** @type {any} */ one) => one.username === "bob").user_id;
  const group = await api(ada, "POST", "/chats", { kind: "group", title: "Secret", participant_ids: [member] });
  await bob.goto(within(`/c/${group.id}`));
  await live(bob);
  await api(ada, "DELETE", `/chats/${group.id}/participants/${member}`);
  await bob.getByText("There is no such").waitFor();
  assert.equal(await bob.locator("#main-content").count(), 0);
  await bob.goto(chat);
  await live(bob);
  await api(ada, "POST", `/chats/${group.id}/participants`, { user_id: member });
  await bob.locator("#sidebar .chat-link", { hasText: "Secret" }).waitFor();
  await api(ada, "DELETE", `/chats/${group.id}/participants/${member}`);
  await bob.locator("#sidebar .chat-link", { hasText: "Secret" }).waitFor({ state: "detached" });
  await api(ada, "POST", `/chats/${group.id}/participants`, { user_id: member });
  await bob.locator("#sidebar .chat-link", { hasText: "Secret" }).waitFor();
  await api(ada, "POST", `/chats/${group.id}/messages`, { content: "back again" });
  await bob.locator("#sidebar .chat-link.unread", { hasText: "Secret" }).waitFor();
});

test("what one says oneself is seen, also far up in a chat", { skip: missing }, async () => {
  const { id } = await api(ada, "POST", "/chats", { kind: "channel", title: "Long" });
  for (let number = 0; number < 60; number++) await api(ada, "POST", `/chats/${id}/messages`, { content: `number ${number}` });
  const first = (await api(ada, "GET", `/chats/${id}/messages?limit=100`)).at(-1);
  await ada.goto(`${within(`/c/${id}`)}?after=${first.id}`);
  await live(ada);
  await ada.locator("#scroller").evaluate((scroller) => (scroller.scrollTop = 0));
  if (await ada.locator("#messages > .newer").count()) {
    await write(ada, "from far up");
    await ada.locator("#messages > .message:not(.pending)", { hasText: "from far up" }).waitFor();
    await ada.locator("#messages > .message", { hasText: "number 59" }).waitFor();
  }
});

test("a card is carried to a column out of sight, by mouse and by finger", { skip: missing }, async () => {
  const { page } = await world.visitor({ viewport: { width: 390, height: 740 }, hasTouch: true, storageState: await ada.context().storageState() });
  await page.goto(within("/board"));
  await live(page);
  const card = page.locator(".card", { hasText: "Grease the axle" });
  const title = { x: 0, y: 0 };
  const grasp = async () => {
    await card.scrollIntoViewIfNeeded();
    const box = await card.boundingBox();
    assert.ok(box);
    Object.assign(title, { x: box.x + 30, y: box.y + 15 });
  };
  await grasp();
  await page.mouse.move(title.x, title.y);
  await page.mouse.down();
  await page.mouse.move(380, title.y, { steps: 6 });
  await page.waitForFunction(() => (document.getElementById("board")?.scrollLeft ?? 0) > 600);
  await page.mouse.move(200, title.y, { steps: 3 });
  await page.mouse.up();
  await page.locator("#note", { hasText: "moved to" }).waitFor();
  const there = await card.evaluate((one) => one.closest(".cards")?.getAttribute("data-slug"));
  assert.notEqual(there, "to-do");

  await grasp();
  const session = await page.context().newCDPSession(page);
  const touch = (/** @type {"touchStart" | "touchMove" | "touchEnd"} */ type, /** @type {number} */ x) =>
    session.send("Input.dispatchTouchEvent", { type, touchPoints: type === "touchEnd" ? [] : [{ x, y: title.y }] });
  await touch("touchStart", title.x);
  await page.waitForSelector(".card.held");
  for (let x = title.x; x > 10; x -= 30) await touch("touchMove", x);
  await touch("touchMove", 8);
  await page.waitForFunction(() => (document.getElementById("board")?.scrollLeft ?? 0) < 300);
  await touch("touchMove", 150);
  await touch("touchEnd", 150);
  await page.waitForFunction((slug) => document.querySelector(".card.held") === null && ![...document.querySelectorAll(`[data-slug="${slug}"] .card-title`)].some((one) => one.textContent === "Grease the axle"), there);
  await page.locator("#note", { hasText: "moved to" }).waitFor();
  await page.close();
});

test("a letter that met the end of its session goes once one has signed in again", { skip: missing }, async () => {
  await bob.goto(chat);
  await live(bob);
  await bob.context().clearCookies({ name: "flowra_session" });
  await bob.context().addCookies([{ name: "flowra_session", value: "over", url: world.server.url }]);
  await write(bob, "written too late");
  await bob.waitForURL(/sign-in\?next=/);
  await bob.getByLabel("Username").fill("bob");
  await bob.getByLabel("Password", { exact: true }).fill("correct horse battery");
  await bob.getByRole("button", { name: "Sign in" }).click();
  await bob.locator("#messages > .message:not(.pending)", { hasText: "written too late" }).waitFor();
});

test("who is no member any more is told so and led away", { skip: missing }, async () => {
  const member = (await api(ada, "GET", "/members")).find((/** @type {any} */ one) => one.username === "bob").user_id;
  await api(ada, "DELETE", `/members/${member}`);
  await bob.getByRole("heading", { name: "Create your workspace" }).waitFor();
  await bob.getByText("You are no member of that workspace any more.").waitFor();
});
