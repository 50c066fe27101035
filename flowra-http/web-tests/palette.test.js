// The palette and the keys: somebody gets everywhere by keys alone, and by touch on a phone.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { World, missing, register, sound } from "./world.js";

/** @typedef {import("playwright-core").Page} Page */

/** @type {World} */
let world;
/** @type {Awaited<ReturnType<World["visitor"]>>} */
let ada;
let workspace = "";

before(async () => {
  if (missing) return;
  world = await World.start();
  ada = await world.visitor({ viewport: { width: 1280, height: 800 } });
  const { page } = ada;
  await page.goto("/");
  await register(page, "Ada");
  await page.getByLabel("Name").fill("Analytical Engines");
  await page.getByRole("button", { name: "Create workspace" }).click();
  await page.waitForSelector("body[data-live]");
  workspace = page.url().split("/c/")[0];
  for (const title of ["plans", "release-notes", '"><img src=x onerror=alert(1)>']) {
    await page.goto(`${workspace}/chats?kind=channel`);
    await page.locator("#title").fill(title);
    await page.getByRole("button", { name: "Create" }).click();
    await page.waitForSelector("body[data-live]");
  }
  await page.goto(`${workspace}/board`);
  for (const title of ["Oil the mill", "Grind the release"]) {
    await page.getByLabel("Add a task to Backlog").fill(title);
    await page.keyboard.press("Enter");
    await page.locator(".card", { hasText: title }).waitFor();
  }
});
after(async () => world?.stop());

test("what one types is found and opened by keys alone", { skip: missing }, async () => {
  const { page, faults } = ada;
  await open(page, "/tasks");
  await page.keyboard.press("Control+k");
  const field = page.locator("#palette").getByRole("combobox");
  await page.locator("#palette").getByRole("option", { name: "general" }).waitFor();
  assert.equal(await focused(page), "Jump to a chat, person, task or action");
  await sound(page, "the palette");
  await shot(page, "palette");
  await page.keyboard.type("rel");
  await page.locator("#palette-list", { hasText: "Grind the release" }).waitFor();
  assert.match((await chosen(page)) ?? "", /release-notes/);
  await page.keyboard.press("ArrowDown");
  assert.match((await chosen(page)) ?? "", /Grind the release/);
  await shot(page, "palette-found");
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "release-notes" }).waitFor();
  await page.waitForSelector("body[data-live]");

  await page.keyboard.press("Control+k");
  await page.keyboard.type("oil mi");
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/task\/[A-Z]+-\d+$/);
  await page.getByRole("heading", { name: "Oil the mill" }).waitFor();

  await page.keyboard.press("Control+k");
  await field.fill("onerror");
  await page.locator("#palette").getByRole("option", { name: "onerror" }).waitFor();
  assert.equal(await page.locator("#palette img").count(), 0);
  await field.fill("no such thing");
  await page.getByText("Nothing here is called “no such thing”.").waitFor();
  assert.equal(await field.getAttribute("aria-expanded"), "false");
  await sound(page, "nothing found");
  await shot(page, "palette-nothing");
  await page.keyboard.press("Escape");

  await page.keyboard.press("Control+k");
  await page.keyboard.type("new ch");
  await page.keyboard.press("Enter");
  await page.locator("#dialog").getByRole("heading", { name: "New channel" }).waitFor();
  await page.waitForFunction(() => document.activeElement?.id === "title");
  await page.keyboard.press("Control+k");
  assert.equal(await page.locator("#palette[open]").count(), 0, "a dialog asks for an answer first");
  await page.keyboard.press("Escape");

  await page.keyboard.press("Control+k");
  await page.keyboard.type("new ta");
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/board#new-task$/);
  await page.waitForFunction(() => document.activeElement?.getAttribute("name") === "title");
  assert.deepEqual(faults, []);
});

test("Escape gives the focus back, with what was written", { skip: missing }, async () => {
  const { page } = ada;
  await open(page, "");
  await page.locator("#main-content").fill("half a thought");
  for (const close of ["Escape", "Control+k"]) {
    await page.keyboard.press("Control+k");
    await page.locator("#palette").getByRole("option").first().waitFor();
    await page.keyboard.press(close);
    assert.equal(await page.locator("#palette[open]").count(), 0);
    assert.equal(await page.evaluate(() => document.activeElement?.id), "main-content");
  }
  assert.equal(await page.locator("#main-content").inputValue(), "half a thought");
  await page.locator("#main-content").fill("");
});

test("a slow answer never takes the place of a newer one, and a fault is told", { skip: missing }, async () => {
  const { page } = ada;
  await open(page, "/board");
  const late = new Promise((resolve) => setTimeout(resolve, 900));
  await page.route(/jump\?q=p&/, async (route) => {
    await late;
    await route.continue().catch(() => {});
  });
  await page.route(/jump\?q=p$/, async (route) => {
    await late;
    await route.continue().catch(() => {});
  });
  await page.keyboard.press("Control+k");
  await page.locator("#palette").getByRole("option").first().waitFor();
  await page.keyboard.type("p");
  await page.waitForTimeout(200);
  await page.keyboard.press("Backspace");
  await page.keyboard.type("mill");
  await page.locator("#palette").getByRole("option", { name: "Oil the mill" }).waitFor();
  await page.waitForTimeout(1000);
  assert.equal(await page.locator("#palette").getByRole("option").count(), 1);
  await page.unrouteAll({ behavior: "ignoreErrors" });

  await page.route(/jump\?/, (route) => route.abort());
  await page.keyboard.type(" x");
  await page.getByText("The server cannot be reached. Try again.").waitFor();
  assert.equal(await page.locator("#palette").getByRole("option").count(), 0);
  await page.unrouteAll({ behavior: "ignoreErrors" });
  await page.keyboard.press("Enter");
  await page.getByText("Nothing here is called “mill x”.").waitFor();
  await page.keyboard.press("Escape");
  ada.faults.length = 0;
});

test("the sheet of keys opens by ? and from the palette", { skip: missing }, async () => {
  const { page, faults } = ada;
  await open(page, "/tasks");
  await page.locator("#list").focus();
  await page.keyboard.press("?");
  const sheet = page.locator("#dialog");
  await sheet.getByRole("heading", { name: "Keyboard shortcuts" }).waitFor();
  await sound(page, "the sheet of keys");
  await shot(page, "keys");
  await page.keyboard.press("Escape");
  assert.equal(await page.evaluate(() => document.activeElement?.id), "list");
  await page.getByLabel("Find in title and description").fill("");
  await page.keyboard.type("why?");
  assert.equal(await page.getByLabel("Find in title and description").inputValue(), "why?");
  assert.equal(await page.locator("dialog[open]").count(), 0);
  await page.keyboard.press("Control+/");
  await sheet.getByText("Reply in a thread").waitFor();
  await page.keyboard.press("Escape");
  await page.keyboard.press("Control+k");
  await page.keyboard.type("shortc");
  await page.keyboard.press("Enter");
  await sheet.getByText("Reply in a thread").waitFor();
  await page.keyboard.press("Escape");
  assert.deepEqual(faults, []);
});

test("Alt and the arrows go from chat to chat", { skip: missing }, async () => {
  const { page } = ada;
  await open(page, "");
  const chats = await page.locator("#sidebar .chat-link .name").allTextContents();
  assert.ok(chats.length > 3);
  for (const [keys, at] of /** @type {const} */ ([["Alt+ArrowDown", 1], ["Alt+ArrowDown", 2], ["Alt+ArrowUp", 1]])) {
    await page.keyboard.press(keys);
    await page.locator("#sidebar .chat-link[aria-current]", { hasText: chats[at] }).waitFor();
    await page.waitForSelector("body[data-live]");
  }
  await page.keyboard.press("Alt+Shift+ArrowDown");
  await page.getByText("No chat is unread.").waitFor();
});

test("people lead to their direct chat, and unread chats are gone to by keys", { skip: missing }, async () => {
  const { page, faults } = ada;
  await page.goto(`${workspace}/people`);
  await page.getByRole("button", { name: "Make a link" }).click();
  const link = await page.getByLabel("Send this link").inputValue();
  const bob = await world.visitor({ viewport: { width: 1280, height: 800 } });
  await bob.page.goto("/register");
  await register(bob.page, "Bob");
  await bob.page.goto(new URL(link).pathname);
  await bob.page.getByRole("button").last().click();
  await bob.page.waitForSelector("body[data-live]");

  await open(page, "/board");
  await page.keyboard.press("Control+k");
  await page.keyboard.type("@bo");
  await page.locator("#palette").getByRole("option", { name: "Bob" }).waitFor();
  await shot(page, "palette-people");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Bob" }).waitFor();
  assert.match(page.url(), /\/c\//);

  await open(page, "/board");
  await bob.page.locator("#main-content").fill("@ada has news");
  await bob.page.keyboard.press("Enter");
  await page.locator("#sidebar .count.mentions").waitFor();
  await page.keyboard.press("Control+k");
  await page.locator("#palette-list").getByText("Unread").waitFor();
  assert.match((await chosen(page)) ?? "", /general/);
  await shot(page, "palette-unread");
  await page.keyboard.press("Escape");
  await page.waitForFunction(() => !document.querySelector("dialog[open]"));
  await page.keyboard.press("Alt+Shift+ArrowUp");
  await page.getByRole("heading", { name: "general" }).waitFor();
  assert.deepEqual([...faults, ...bob.faults], []);
});

test("both themes and a phone have it by a button", { skip: missing }, async () => {
  const { page, faults } = ada;
  await open(page, "");
  await page.getByRole("link", { name: "Jump to…" }).click();
  await page.keyboard.type("dark");
  await page.locator("#palette").getByRole("option", { name: "Theme: dark" }).waitFor();
  await page.keyboard.press("Enter");
  await page.waitForSelector("html[data-theme=dark]");
  await page.waitForSelector("body[data-live]");
  await page.keyboard.press("Control+k");
  await page.locator("#palette").getByRole("option").first().waitFor();
  await sound(page, "the palette in the dark");
  await shot(page, "palette-dark");
  await page.keyboard.press("Escape");
  await open(page, "/keys");
  await sound(page, "the page of keys in the dark");
  await shot(page, "keys-dark");

  await page.setViewportSize({ width: 360, height: 740 });
  await open(page, "");
  await page.getByRole("link", { name: "Chats" }).first().click();
  await page.getByRole("link", { name: "Jump to…" }).click();
  await page.locator("#palette").getByRole("option").first().waitFor();
  await shot(page, "palette-360");
  await sound(page, "the palette on a phone");
  await page.locator("#palette").getByRole("combobox").fill("plans");
  await page.locator("#palette").getByRole("option", { name: "plans" }).click();
  await page.getByRole("heading", { name: "plans" }).waitFor();
  await open(page, "/jump?q=rel");
  await sound(page, "the page without scripts");
  await shot(page, "jump-360");
  await open(page, "/keys");
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth), false);
  await shot(page, "keys-360");
  await open(page, "/jump?q=theme");
  await page.locator(".jump-found").getByRole("button", { name: "Theme: light" }).click();
  await page.waitForSelector("html[data-theme=light]");
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.keyboard.press("Control+k");
  await page.locator("#palette").getByRole("option", { name: "general" }).waitFor();
  await sound(page, "the palette in the light");
  await shot(page, "palette-light");
  assert.deepEqual(faults, []);
});

/**
 * Goes to a page of the workspace.
 * @param {Page} page
 * @param {string} path
 */
async function open(page, path) {
  await page.goto(`${workspace}${path}`);
  await page.waitForSelector("body[data-live]");
}

/** @param {Page} page */
const focused = (page) => page.evaluate(() => document.activeElement?.getAttribute("aria-label"));

/** The option that is chosen, as a screen reader is told. @param {Page} page */
function chosen(page) {
  return page.evaluate(() => {
    const id = document.activeElement?.getAttribute("aria-activedescendant");
    const option = document.getElementById(id ?? "");
    return option?.getAttribute("aria-selected") === "true" ? option.textContent : null;
  });
}

/**
 * Keeps a picture where `SHOTS` says, to be looked at.
 * @param {Page} page
 * @param {string} name
 */
async function shot(page, name) {
  if (!process.env.SHOTS) return;
  await page.waitForTimeout(300);
  await page.screenshot({ path: `${process.env.SHOTS}/${name}.png` });
}
