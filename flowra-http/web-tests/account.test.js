// Somebody's own account and the administration of accounts, at a desktop's size and a phone's; nothing for axe to find.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { World, missing, register, shot, sound } from "./world.js";

/** @type {World} */
let world;

before(async () => {
  if (!missing) world = await World.start();
});
after(async () => world?.stop());

test("people find their account, make a token and revoke it by keys", { skip: missing }, async () => {
  const { page, faults } = await world.visitor({ viewport: { width: 1280, height: 800 } });
  await page.goto("/");
  await register(page, "Ada");
  await page.getByLabel("Name").fill("Engines");
  await page.getByRole("button", { name: "Create workspace" }).click();
  await page.waitForSelector("body[data-live]");
  await page.locator(".side footer summary").press("Enter");
  await page.getByRole("link", { name: "Your account" }).press("Enter");
  await page.getByRole("heading", { name: "Your account" }).waitFor();
  await page.getByLabel("Name", { exact: true }).fill("Ada Lovelace");
  await page.getByRole("button", { name: "Save" }).press("Enter");
  await page.getByText("Your profile is saved.").waitFor();
  await page.getByLabel("For what").fill("deploy bot");
  await page.getByRole("button", { name: "Make a token" }).press("Enter");
  const token = page.getByLabel("Copy the token now");
  assert.match(await token.inputValue(), /^flp_/);
  assert.equal(await token.evaluate((field) => field === document.activeElement), true);
  await sound(page, "account");
  await shot(page, "account");
  await page.getByRole("heading", { name: "Where you are signed in" }).scrollIntoViewIfNeeded();
  await page.evaluate(() => window.scrollTo(0, 10000));
  await shot(page, "account-end");
  await page.locator("summary", { hasText: "Revoke" }).press("Enter");
  await page.getByRole("button", { name: "Revoke deploy bot" }).press("Enter");
  await page.getByText("The token is revoked.").waitFor();
  await page.getByRole("link", { name: "Back to Flowra" }).press("Enter");
  await page.waitForSelector("body[data-live]");
  assert.equal(await page.locator(".side footer summary").innerText(), "Ada Lovelace");

  for (const theme of /** @type {const} */ (["light", "dark"])) {
    const { page: phone } = await world.visitor({ viewport: { width: 360, height: 740 }, colorScheme: theme });
    await phone.goto("/register");
    await register(phone, theme === "light" ? "Bob" : "Cleo");
    await phone.goto("/settings");
    assert.equal(await phone.evaluate(() => document.documentElement.scrollWidth > window.innerWidth), false);
    await sound(phone, `account on a phone, ${theme}`);
    await shot(phone, `account-360-${theme}`);
  }

  await page.goto("/admin");
  await page.getByRole("button", { name: "Deactivate Bob" }).press("Enter");
  await page.getByText("Deactivate Bob?").waitFor();
  assert.equal(await page.getByRole("button", { name: "Cancel" }).evaluate((button) => button === document.activeElement), true);
  await sound(page, "accounts");
  await shot(page, "admin");
  await page.getByRole("button", { name: "Deactivate", exact: true }).first().press("Enter");
  await page.getByText("Bob is deactivated.").waitFor();
  await page.setViewportSize({ width: 360, height: 740 });
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth), false);
  await shot(page, "admin-360");
  assert.deepEqual(faults, []);
});
