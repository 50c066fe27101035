// Two people at one board: cards are added, dragged, moved by keys, and seen by the other at once.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { World, missing, register, shot, sound } from "./world.js";

/** @type {World} */
let world;

before(async () => {
  if (!missing) world = await World.start();
});
after(async () => world?.stop());

test("cards are added, dragged and moved by keys, and another window follows", { skip: missing }, async () => {
  const { page, context, faults } = await world.visitor({ viewport: { width: 1280, height: 800 } });
  await page.goto("/");
  await register(page, "Ada");
  await page.getByLabel("Name").fill("Analytical Engines");
  await page.getByRole("button", { name: "Create workspace" }).click();
  await page.getByRole("link", { name: "Board", exact: true }).click();
  await page.waitForSelector("body[data-live]");
  const other = await context.newPage();
  await other.goto(page.url());
  await other.waitForSelector("body[data-live]");

  const hostile = '"><img src=x onerror=alert(1)>';
  for (const title of ["Oil the mill", hostile]) {
    await page.getByLabel("Add a task to Backlog").fill(title);
    await page.keyboard.press("Enter");
    await other.locator('[data-slug="backlog"] .card', { hasText: title }).waitFor();
  }
  assert.equal(await page.locator(".card img").count(), 0);
  assert.match(await page.locator('[data-slug="backlog"] .card').first().innerText(), /onerror/);

  const card = page.locator(".card", { hasText: "Oil the mill" });
  const from = await card.boundingBox();
  const to = await page.locator('[data-slug="in-progress"]').boundingBox();
  assert.ok(from && to);
  await page.mouse.move(from.x + 20, from.y + 15);
  await page.mouse.down();
  await page.mouse.move(to.x + 40, to.y + 20, { steps: 5 });
  await page.mouse.up();
  await other.locator('[data-slug="in-progress"] .card', { hasText: "Oil the mill" }).waitFor();

  // At once, while the server is still being told of the drag.
  await card.locator("a").focus();
  await page.keyboard.press("Alt+ArrowRight");
  await other.locator('[data-slug="in-review"] .card', { hasText: "Oil the mill" }).waitFor();
  await page.locator("#note", { hasText: "moved to In Review" }).waitFor();
  assert.equal(await card.locator("a").evaluate((link) => link === document.activeElement), true, "the focus goes along");
  await other.locator("#count-in-review", { hasText: "1" }).waitFor();

  for (const key of ["ArrowLeft", "ArrowLeft", "ArrowLeft", "ArrowRight", "ArrowRight", "ArrowRight"]) await page.keyboard.press(`Alt+${key}`);
  await page.locator("#note", { hasText: "moved to In Review" }).waitFor();
  await other.locator('[data-slug="in-review"] .card', { hasText: "Oil the mill" }).waitFor();
  await page.evaluate(() => new Promise((done) => setTimeout(done, 400)));
  assert.match(await page.locator("#note").innerText(), /moved to In Review/, "no conflict with oneself");
  assert.equal(await page.locator('[data-slug="in-review"] .card').count(), 1);
  assert.equal(await card.locator("a").evaluate((link) => link === document.activeElement), true, "the focus goes along");

  await page.keyboard.press("Enter");
  await page.locator("#panel").getByLabel("Priority").selectOption("High");
  await other.locator('[data-slug="in-review"] .card', { hasText: "High" }).waitFor();
  // Two fields one after the other, while a comment is half written: all is kept, and nobody is in conflict with themselves.
  await page.locator("#task-comment").fill("which mill");
  await page.locator("#task-assignee").selectOption({ label: "Ada" });
  await page.locator("#task-labels").fill("oil");
  await page.locator("#task-labels").press("Tab");
  await other.locator(".card .chip", { hasText: "oil" }).waitFor();
  await page.locator(".history", { hasText: "gave it to Ada" }).waitFor();
  await page.locator(".history", { hasText: "changed the labels" }).waitFor();
  // A day as one types it, the year digit by digit.
  await page.locator("#task-due-date").focus();
  await page.keyboard.type("12242026");
  await page.locator(".history", { hasText: "2026-12-24" }).waitFor();
  assert.equal(await page.locator(".history", { hasText: "0002" }).count(), 0);
  assert.equal(await page.locator("#panel .complaint").count(), 0);
  assert.equal(await page.locator("#task-comment").inputValue(), "which mill");
  await page.getByRole("button", { name: "Comment", exact: true }).click();
  await page.locator("#comments .messages", { hasText: "which mill" }).waitFor();
  // Another window has the task open, too: it shows what is done here, and keeps what is being written there.
  const third = await context.newPage();
  await third.goto(await page.locator(".card-title", { hasText: "Oil the mill" }).getAttribute("href") ?? "");
  await third.waitForSelector("body[data-live]");
  await third.locator("#task-comment").fill("the one by");
  await page.locator("#task-priority").selectOption("Critical");
  await third.locator(".history", { hasText: "set the priority to Critical" }).waitFor();
  await page.locator("#task-comment").fill("never mind");
  await page.getByRole("button", { name: "Comment", exact: true }).click();
  await third.locator("#comments .messages", { hasText: "never mind" }).waitFor();
  assert.equal(await third.locator("#task-priority").inputValue(), "Critical");
  assert.equal(await third.locator("#task-comment").inputValue(), "the one by");
  // Who writes keeps the focus and the place in the text, also within what was unfolded.
  await third.getByText("Edit title and description").click();
  await third.locator("#task-description").fill("Twice a day");
  await third.locator("#task-description").press("Home");
  await page.locator("#task-priority").selectOption("Low");
  await third.locator(".history", { hasText: "set the priority to Low" }).waitFor();
  await third.keyboard.type("Oil it. ");
  assert.equal(await third.locator("#task-description").inputValue(), "Oil it. Twice a day");
  await third.close();
  // The panel does not close over what was written in it, unless that is wanted.
  await page.locator("#task-comment").fill("a long thought");
  await page.keyboard.press("Escape");
  await page.getByText("What you have written here is not saved.").waitFor();
  await page.getByRole("button", { name: "Cancel" }).click();
  assert.equal(await page.locator("#task-comment").inputValue(), "a long thought");
  await page.locator("#task-comment").fill("");
  // Enter twice adds once.
  const adding = page.locator('.column:has([data-slug="done"]) form input[name="title"]');
  await page.route("**/tasks", async (route) => {
    await new Promise((resolve) => setTimeout(resolve, 300));
    await route.continue();
  }, { times: 1 });
  await adding.fill("Only once");
  await adding.press("Enter");
  await adding.press("Enter");
  await adding.pressSequentially("the next");
  await page.locator(".card", { hasText: "Only once" }).waitFor();
  await page.waitForTimeout(400);
  assert.equal(await page.locator(".card", { hasText: "Only once" }).count(), 1);
  assert.equal(await adding.inputValue(), "the next");
  await adding.fill("");
  // What the server refuses of a field is said, and does not look as if it were saved.
  await page.route("**/set/priority", (route) => route.fulfill({ status: 503, contentType: "text/html", body: '<p class="lead">Not now.</p>' }), { times: 1 });
  await page.locator("#task-priority").selectOption("Critical");
  await page.locator("#note", { hasText: "Not now." }).waitFor();
  assert.equal(await page.locator("#task-priority").inputValue(), "Low");
  await shot(page, "board");
  await sound(page, "the board with a task beside it");
  await page.keyboard.press("Escape");
  await page.locator("#panel .task").waitFor({ state: "detached" });

  await other.setViewportSize({ width: 360, height: 740 });
  await shot(other, "board-360");
  await sound(other, "the board on a phone");
  assert.equal(await other.evaluate(() => document.documentElement.scrollWidth > window.innerWidth), false);
  // But for what HTMX writes down of the refusal above.
  assert.deepEqual(faults.filter((fault) => !/Code 503 from .*priority/.test(fault)), []);
});
