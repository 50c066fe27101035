// The list of tasks: filtered and sorted by its address, changed by many at once, by mouse, by keys and on a phone, and kept up with others.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { World, missing, register, shot, sound } from "./world.js";

/** @typedef {import("playwright-core").Page} Page */

/** @type {World} */
let world;

before(async () => {
  if (!missing) world = await World.start();
});
after(async () => world?.stop());

test("tasks are filtered, sorted, selected by keys and changed at once, and another window follows", { skip: missing }, async () => {
  const { page, context, faults } = await world.visitor({ viewport: { width: 1280, height: 800 } });
  await page.goto("/");
  await register(page, "Ada");
  await page.getByLabel("Name").fill("Analytical Engines");
  await page.getByRole("button", { name: "Create workspace" }).click();
  await page.getByRole("link", { name: "Task list" }).click();
  await page.locator(".task-row", { hasText: "Invite the team" }).waitFor();
  await page.waitForSelector("body[data-live]");
  const board = await context.newPage();
  await board.goto(page.url().replace("/tasks", "/board"));
  await board.waitForSelector("body[data-live]");
  const hostile = '"><img src=x onerror=alert(1)>';
  for (const [title, column] of [["Oil the mill", "Backlog"], ["Wind the clock", "To Do"], [hostile, "In Progress"], ["Punch the cards", "Done"]]) {
    await board.getByLabel(`Add a task to ${column}`).fill(title);
    await board.keyboard.press("Enter");
    await page.locator(".task-row", { hasText: title }).waitFor();
  }
  assert.equal(await page.locator(".task-row img").count(), 0);

  // Two rows are selected by keys; the change shows in them and on the board.
  await page.locator(".row-title", { hasText: "Wind the clock" }).focus();
  await page.keyboard.press("x");
  await page.keyboard.press("j");
  await page.keyboard.press("x");
  await page.locator("#chosen", { hasText: "2 selected" }).waitFor();
  await page.bringToFront();
  await shot(page, "list-selected");
  await page.getByLabel("New priority").selectOption("Critical");
  await page.getByRole("button", { name: "Set priority" }).click();
  await page.getByText("2 tasks were changed.").waitFor();
  await page.locator("#outcome:focus").waitFor();
  assert.equal(await page.locator(".task-row .is-critical").count(), 2);
  await board.locator(".card .is-critical").nth(1).waitFor();
  await sound(page, "changed");
  await shot(page, "list-changed");

  // It is taken back with one key, and done again.
  await page.getByRole("button", { name: "Undo" }).press("Enter");
  await page.locator(".task-row .is-critical").first().waitFor({ state: "detached" });
  await page.locator("#outcome:focus").waitFor();
  await page.locator(".pick input[value]").nth(0).waitFor();
  for (const title of ["Wind the clock", "Oil the mill"]) await page.locator(".task-row", { hasText: title }).locator("input").check();
  await page.getByLabel("New priority").selectOption("Critical");
  await page.getByRole("button", { name: "Set priority" }).click();
  await page.locator(".task-row .is-critical").nth(1).waitFor();

  // The filter is in the address, and survives a reload and the way to the board and back.
  await page.getByLabel("Priority", { exact: true }).selectOption("Critical");
  await page.waitForURL(/\?priority=Critical$/);
  await page.locator(".task-row").nth(2).waitFor({ state: "detached" });
  assert.equal(await page.locator(".task-row").count(), 2);
  await page.getByRole("link", { name: "Title" }).click();
  await page.waitForURL(/sort=title/);
  assert.deepEqual(await page.locator(".row-title").allInnerTexts(), ["Oil the mill", "Wind the clock"]);
  await page.getByRole("link", { name: /^Title/ }).click();
  await page.waitForURL(/sort=-title/);
  assert.deepEqual(await page.locator(".row-title").allInnerTexts(), ["Wind the clock", "Oil the mill"]);
  await page.getByRole("navigation", { name: "Views" }).getByRole("link", { name: "Board" }).click();
  await page.waitForURL(/\/board\?priority=Critical$/);
  assert.equal(await page.locator(".card").count(), 2);
  await sound(page, "filtered board");
  await shot(page, "board-filtered");
  await page.waitForSelector("body[data-live]");
  await board.locator(".card-title", { hasText: "Oil the mill" }).click();
  await board.locator("#task-priority").selectOption("Low");
  await page.locator(".card", { hasText: "Oil the mill" }).waitFor({ state: "detached" });
  await page.getByRole("link", { name: "Clear filters" }).click();
  await page.locator(".card").nth(3).waitFor();
  await page.goBack();
  await page.locator(".card", { hasText: "Wind the clock" }).waitFor();
  assert.equal(await page.locator(".card").count(), 1);

  // A row opens beside the list, is changed there, and gets the focus back.
  await page.getByRole("navigation", { name: "Views" }).getByRole("link", { name: "List" }).click();
  await page.waitForSelector("body[data-live]");
  await page.locator(".row-title").focus();
  await page.keyboard.press("Enter");
  await page.locator("#task-title").waitFor({ state: "attached" });
  await page.locator("#task-status").selectOption("In Review");
  await page.locator(".task-row", { hasText: "In Review" }).waitFor();
  await shot(page, "list-panel");
  await page.keyboard.press("Escape");
  await page.locator("#panel .task").waitFor({ state: "detached" });
  assert.equal(await page.evaluate(() => document.activeElement?.className), "row-title");

  // More comes on scrolling; the list goes on in its order.
  await page.getByRole("link", { name: "Clear filters" }).click();
  await page.waitForURL(/\/tasks$/);
  await page.evaluate(async () => {
    const headers = JSON.parse(document.body.getAttribute("hx-headers") ?? "{}");
    for (let number = 0; number < 50; number += 1) await fetch(location.pathname, { method: "POST", headers, body: new URLSearchParams({ title: `Tooth ${number}`, column: "done" }) });
  });
  await page.locator(".task-row", { hasText: "Tooth 49" }).waitFor();
  await page.reload();
  assert.equal(await page.locator(".task-row").count(), 50);
  await page.locator(".tasks .more").scrollIntoViewIfNeeded();
  await page.locator(".task-row", { hasText: "Invite the team" }).waitFor();
  assert.equal(await page.locator(".task-row").count(), 55);
  assert.equal(await page.locator(".tasks .more").count(), 0);

  // What cannot be read is said at its field.
  await page.getByLabel("Find in title and description").fill("--");
  await page.keyboard.press("Enter");
  await page.locator("#filter-text[aria-invalid]").waitFor();
  await sound(page, "unreadable");
  await shot(page, "list-unreadable");
  assert.deepEqual(faults, []);
});

test("on a phone nothing is wider than the page, in both themes", { skip: missing }, async () => {
  for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
    const { page, faults } = await world.visitor({ viewport: { width: 360, height: 740 }, colorScheme });
    await page.goto("/register");
    await register(page, colorScheme === "light" ? "Bob" : "Cleo");
    await page.getByLabel("Name").fill("Engines");
    await page.getByRole("button", { name: "Create workspace" }).click();
    const base = page.url().split("/c/")[0];
    await page.goto(`${base}/board`);
    for (const title of ["Oil the mill", `A title that is long ${"and goes on ".repeat(10)}`, "W".repeat(120)]) {
      await page.getByLabel("Add a task to Backlog").fill(title);
      await page.keyboard.press("Enter");
      await page.locator(".card", { hasText: title.trim() }).waitFor();
    }
    await page.goto(`${base}/tasks`);
    await page.waitForSelector("body[data-live]");
    await page.getByLabel("Select", { exact: false }).nth(1).check();
    await page.locator("#chosen", { hasText: "1 selected" }).waitFor();
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth), false, "list");
    await shot(page, `list-360-${colorScheme}`);
    const wide = await page.locator("#list").evaluate((list) => [...list.querySelectorAll("*")].filter((one) => one.getBoundingClientRect().right > list.getBoundingClientRect().right + 1).map((one) => one.outerHTML.slice(0, 120)));
    assert.deepEqual(wide, [], "inside of the list");
    await sound(page, `list, ${colorScheme}`);
    await page.goto(`${base}/board?label=none`);
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth), false, "board");
    await shot(page, `board-filter-360-${colorScheme}`);
    assert.deepEqual(faults, []);
  }
});
