// The server is killed and comes back while two people are at work: nobody reloads, nothing is lost, nothing stands twice.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { World, missing, register, shot, sound } from "./world.js";

/** @type {World} */
let world;

before(async () => {
  if (!missing) world = await World.start();
});
after(async () => world?.stop());

test("pages go on where they were when the server is back", { skip: missing }, async () => {
  const { page: ada } = await world.visitor({ viewport: { width: 1280, height: 800 } });
  await ada.goto("/");
  await register(ada, "Ada");
  await ada.getByLabel("Name").fill("Engines");
  await ada.getByRole("button", { name: "Create workspace" }).click();
  await ada.waitForSelector("body[data-live]");
  const chat = new URL(ada.url()).pathname;
  const { page: elsewhere } = await world.visitor({ viewport: { width: 360, height: 740 } });
  await elsewhere.goto("/sign-in");
  await sound(elsewhere, "sign in");
  await elsewhere.getByLabel("Username").fill("ada");
  await elsewhere.getByLabel("Password", { exact: true }).fill("correct horse battery");
  await elsewhere.getByRole("button", { name: "Sign in" }).click();
  await elsewhere.waitForSelector("body[data-live]");
  const { page: board } = await world.visitor({ viewport: { width: 1280, height: 800 }, storageState: await ada.context().storageState() });
  await board.goto(chat.replace(/\/c\/.*/, "/board"));
  await board.waitForSelector("body[data-live]");
  for (const page of [ada, elsewhere, board]) await page.evaluate(() => Object.assign(window, { isTheSamePage: true }));

  await say(ada, "before");
  await elsewhere.locator("#messages .message", { hasText: "before" }).waitFor();
  await world.restart(async () => {
    await ada.getByText("Reconnecting…").waitFor();
    await elsewhere.getByText("Reconnecting…").waitFor();
    await shot(elsewhere, "reconnecting");
    await say(ada, "into the void");
    await ada.getByRole("button", { name: "Retry" }).waitFor();
  });
  for (const page of [ada, elsewhere, board]) await page.waitForSelector("body[data-live]");
  // What was not sent goes by itself.
  await say(elsewhere, "#task after");
  for (const page of [ada, elsewhere]) {
    for (const text of ["before", "into the void", "#task after"]) {
      const sent = page.locator("#messages > .message:not(.pending)", { hasText: text });
      await sent.first().waitFor();
      assert.equal(await sent.count(), 1, text);
    }
    assert.equal(await page.getByText("Reconnecting…").isVisible(), false);
  }
  await board.locator(".card", { hasText: "after" }).waitFor();
  for (const page of [ada, elsewhere, board]) assert.equal(await page.evaluate("window.isTheSamePage"), true);
});

/**
 * @param {import("playwright-core").Page} page
 * @param {string} text
 */
async function say(page, text) {
  await page.locator("#main-content").fill(text);
  await page.locator("#main-content").press("Enter");
}
