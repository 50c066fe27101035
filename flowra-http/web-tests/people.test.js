// Somebody is invited by a link, gets a role, and is removed, by keys alone; nothing for axe to find.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { World, missing, register, shot, sound } from "./world.js";

/** @type {World} */
let world;

before(async () => {
  if (!missing) world = await World.start();
});
after(async () => world?.stop());

test("people are invited, given a role and removed from a dialog", { skip: missing }, async () => {
  const { page, context, faults } = await world.visitor({ viewport: { width: 1280, height: 800 } });
  await page.goto("/");
  await register(page, "Ada");
  await page.getByLabel("Name").fill("Engines");
  await page.getByRole("button", { name: "Create workspace" }).click();
  await page.waitForSelector("body[data-live]");
  await page.locator(".side header summary").press("Enter");
  await page.getByRole("link", { name: "People and invites" }).press("Enter");
  const dialog = page.locator("#dialog");
  await dialog.getByRole("button", { name: "Make a link" }).press("Enter");
  const link = await dialog.getByLabel("Send this link").inputValue();
  assert.match(link, /\/invites\/\S{20,}$/);
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await dialog.getByRole("button", { name: "Copy" }).press("Enter");
  await dialog.getByText("Copied.").waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), link);

  const { page: other } = await world.visitor({ viewport: { width: 360, height: 740 } });
  await other.goto("/register");
  await register(other, "Bob");
  await other.goto(new URL(link).pathname);
  await other.getByRole("button").last().click();
  await other.waitForSelector("body[data-live]");
  await other.goto(`${new URL(other.url()).pathname.split("/c/")[0]}/people`);
  await other.getByRole("heading", { name: "People of Engines" }).waitFor();
  assert.equal(await other.evaluate(() => document.documentElement.scrollWidth > window.innerWidth), false);
  await sound(other, "people");
  await shot(other, "people-360");
  await other.goto(`${new URL(other.url()).pathname.replace("people", "settings")}`);
  await sound(other, "settings");

  await page.keyboard.press("Escape");
  const menu = page.locator(".side header details");
  assert.equal(await menu.locator("summary").evaluate((summary) => summary === document.activeElement), true, "the focus is where the dialog was opened");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Escape");
  assert.equal(await menu.getAttribute("open"), null);
  await page.keyboard.press("Enter");
  await page.locator("#main").click();
  assert.equal(await menu.getAttribute("open"), null);
  await page.locator(".side header summary").press("Enter");
  await page.getByRole("link", { name: "People and invites" }).press("Enter");
  await dialog.getByLabel("Role of Bob", { exact: true }).selectOption("admin");
  await dialog.getByRole("button", { name: "Set role of Bob" }).press("Enter");
  await dialog.getByText("@bob · admin").waitFor();
  await sound(page, "people in a dialog");
  await shot(page, "people");
  await dialog.getByRole("button", { name: "Remove Bob" }).press("Enter");
  await dialog.getByText("Remove Bob from Engines?").waitFor();
  assert.equal(await dialog.getByRole("button", { name: "Cancel" }).evaluate((button) => button === document.activeElement), true);
  await dialog.getByRole("button", { name: "Remove", exact: true }).first().press("Enter");
  await dialog.getByText("@bob").waitFor({ state: "detached" });
  assert.deepEqual(faults, []);
});

test("a long list shows only what is called like what one types", { skip: missing }, async () => {
  const { page, faults } = await world.visitor();
  await page.goto("/sign-in");
  await page.getByLabel("Username").fill("ada");
  await page.getByLabel("Password", { exact: true }).fill("correct horse battery");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForSelector("body[data-live]");
  const status = await page.evaluate(async () => {
    const token = JSON.parse(document.body.getAttribute("hx-headers") ?? "{}");
    const path = `/w/${document.body.dataset.workspace}/chats`;
    const make = (/** @type {number} */ at) => fetch(path, { method: "POST", headers: { ...token, "HX-Request": "true" }, body: new URLSearchParams({ kind: "channel", title: `plan ${at}` }) });
    const made = await Promise.all(Array.from({ length: 9 }, (_, at) => make(at)));
    return made.map((answer) => answer.status);
  });
  assert.deepEqual(status, Array(9).fill(204));
  await page.getByRole("link", { name: "Browse" }).press("Enter");
  const dialog = page.locator("#dialog");
  const find = dialog.getByLabel("Find channels");
  await find.fill("PLAN 7");
  assert.deepEqual(await dialog.locator(".choices > li:visible a").allInnerTexts(), ["# plan 7"]);
  await find.fill("nothing");
  await dialog.getByText("Nothing here is called “nothing”.").waitFor();
  // Nothing is sent by it.
  await find.press("Enter");
  await find.fill("");
  assert.equal(await dialog.locator(".choices > li:visible").count(), 10);
  await sound(page, "a list that is searched");
  assert.deepEqual(faults, []);
});
