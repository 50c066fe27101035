// From an empty server to two people who hear one another.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { World, missing, register, shot, sound } from "./world.js";

/** @type {World} */
let world;

before(async () => {
  if (!missing) world = await World.start();
});
after(async () => world?.stop());

test("the first run leads to a message that somebody else sees at once", { skip: missing }, async () => {
  const ada = await world.visitor({ viewport: { width: 1280, height: 800 } });
  await ada.page.goto("/");
  await ada.page.getByRole("heading", { name: "Create the first account" }).waitFor();
  await shot(ada.page, "register");
  await sound(ada.page, "register");
  const password = ada.page.getByLabel("Password", { exact: true });
  await password.fill("horse");
  await ada.page.getByRole("button", { name: "Show password" }).press("Enter");
  assert.equal(await password.getAttribute("type"), "text");
  await ada.page.getByRole("button", { name: "Show password" }).press("Enter");
  assert.equal(await password.getAttribute("type"), "password");
  assert.equal(await password.inputValue(), "horse");
  await register(ada.page, "Ada");
  await ada.page.getByLabel("Name").waitFor();
  await sound(ada.page, "new workspace");
  await ada.page.getByLabel("Name").fill("Analytical Engines");
  await ada.page.getByRole("button", { name: "Create workspace" }).click();
  await ada.page.getByRole("heading", { name: "general", exact: true }).waitFor();
  await ada.page.getByText("Welcome to Flowra.").waitFor();

  const invite = await invited(ada.page);
  const bob = await world.visitor({ viewport: { width: 360, height: 740 } });
  await bob.page.goto(invite);
  await sound(bob.page, "invite");
  await bob.page.getByRole("button", { name: "Create an account" }).click();
  await register(bob.page, "Bob");
  await bob.page.getByRole("button", { name: "Join the workspace" }).click();
  await bob.page.getByText("Welcome to Flowra.").waitFor();
  await bob.page.waitForSelector("body[data-live]");

  await ada.page.getByLabel("Message general").fill("Hello **Bob**, @bob <b>bold</b>");
  await ada.page.keyboard.press("Enter");
  await bob.page.locator(".message strong", { hasText: "Bob" }).waitFor();
  await ada.page.getByLabel("Message general").fill("A second line\n```\nlet x = 1;\n```");
  await ada.page.keyboard.press("Enter");
  await bob.page.locator("#messages").getByText("A second line").waitFor();
  assert.equal(await ada.page.locator(".message").count(), 4, "a message comes once to its author");
  assert.equal(await bob.page.locator(".message").count(), 4);
  assert.equal(await bob.page.locator(".message b").filter({ hasText: "bold" }).count(), 0);

  for (const theme of ["light", "dark"]) {
    await ada.page.emulateMedia({ colorScheme: /** @type {"light" | "dark"} */ (theme) });
    await bob.page.emulateMedia({ colorScheme: /** @type {"light" | "dark"} */ (theme) });
    await shot(ada.page, `chat-${theme}`);
    await shot(bob.page, `chat-360-${theme}`);
  }
  const overflow = await bob.page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
  assert.equal(overflow, false, "nothing is wider than 360 pixels");
  assert.deepEqual([...ada.faults, ...bob.faults], []);
});

test("without scripts one signs in, reads and posts", { skip: missing }, async () => {
  const cy = await world.visitor({ javaScriptEnabled: false });
  await cy.page.goto("/");
  await cy.page.getByLabel("Username").fill("ada");
  await cy.page.getByLabel("Password", { exact: true }).fill("correct horse battery");
  await cy.page.getByRole("button", { name: "Sign in" }).click();
  await cy.page.getByLabel("Message general").fill("no scripts at all");
  await cy.page.getByRole("button", { name: "Send" }).click();
  await cy.page.locator(".message").getByText("no scripts at all").waitFor();
});

/**
 * An invite's link, made by the API until the pages make them.
 * @param {import("playwright-core").Page} page
 */
async function invited(page) {
  const workspace = await page.getAttribute("body", "data-workspace");
  const post = async (/** @type {string} */ path, /** @type {object} */ data, /** @type {string} */ token = "") => {
    const headers = token ? { authorization: `Bearer ${token}` } : undefined;
    const answer = await page.request.post(`/api/v1${path}`, { data, headers });
    return (await answer.json()).data;
  };
  const { access_token } = await post("/auth/login", { username: "ada", password: "correct horse battery" });
  const { url } = await post(`/workspaces/${workspace}/invites`, {}, access_token);
  return url;
}
