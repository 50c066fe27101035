// Two people at work in a chat: threads, changes, sending, reading, finding one's way.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { World, missing, register, shot, sound } from "./world.js";

/** @typedef {import("playwright-core").Page} Page */

/** @type {World} */
let world;
/** @type {Awaited<ReturnType<World["visitor"]>>} */
let ada;
/** @type {Awaited<ReturnType<World["visitor"]>>} */
let bob;
let chat = "";

before(async () => {
  if (missing) return;
  world = await World.start();
  ada = await world.visitor({ viewport: { width: 1280, height: 800 }, permissions: ["clipboard-read", "clipboard-write"] });
  await ada.page.goto("/register");
  await register(ada.page, "Ada");
  await ada.page.getByLabel("Name").fill("Analytical Engines");
  await ada.page.getByRole("button", { name: "Create workspace" }).click();
  await live(ada.page);
  chat = new URL(ada.page.url()).pathname;
  bob = await world.visitor({ viewport: { width: 1280, height: 800 } });
  await bob.page.goto(await invited(ada.page));
  await bob.page.getByRole("button", { name: "Create an account" }).click();
  await register(bob.page, "Bob");
  await bob.page.getByRole("button", { name: "Join the workspace" }).click();
  await live(bob.page);
});
after(async () => world?.stop());

test("a message is answered, changed and deleted, by keys alone, and the other sees it live", { skip: missing }, async () => {
  await write(ada.page, "a plan");
  await bob.page.locator("#messages").getByText("a plan").waitFor();
  assert.match((await bob.page.locator("#heard").textContent()) ?? "", /Ada: a plan/);
  await bob.page.locator("#scroller").focus();
  await bob.page.keyboard.press("k");
  await bob.page.keyboard.press("r");
  await bob.page.getByRole("heading", { name: "Thread" }).waitFor();
  await bob.page.waitForFunction(() => document.activeElement?.id === "reply-content");
  await bob.page.keyboard.type("an answer");
  await bob.page.keyboard.press("Enter");
  await bob.page.locator("#thread .message:not(.pending)", { hasText: "an answer" }).waitFor();
  await ada.page.locator("#messages .message", { hasText: "a plan" }).getByText("1 reply").waitFor();
  assert.match(bob.page.url(), /\/t\/[0-9a-f-]+$/);
  await shot(bob.page, "thread");
  await bob.page.keyboard.press("Escape");
  await bob.page.locator("#thread").waitFor({ state: "detached" });

  await ada.page.locator("#scroller").focus();
  await ada.page.keyboard.press("k");
  await ada.page.keyboard.press("+");
  await ada.page.getByLabel("Find an emoji").fill("rocket");
  await ada.page.keyboard.press("Enter");
  await bob.page.locator(".reaction", { hasText: "🚀 1" }).click();
  await ada.page.locator(".reaction", { hasText: "🚀 2" }).waitFor();
  assert.equal(await ada.page.locator(".reaction[aria-pressed=true]").count(), 1);

  await ada.page.locator("#main-content").focus();
  await ada.page.keyboard.press("ArrowUp");
  await ada.page.locator("form.edit textarea").fill("a better plan");
  await ada.page.keyboard.press("Enter");
  await bob.page.getByText("a better plan").waitFor();
  await bob.page.getByText("(edited)").waitFor();
  await ada.page.locator("#scroller").focus();
  await ada.page.keyboard.press("k");
  await ada.page.keyboard.press("p");
  await bob.page.locator("#bar").getByText("1 pinned").waitFor();
  await ada.page.keyboard.press("c");
  await ada.page.getByText("The link to the message is copied.").waitFor();
  const link = await ada.page.evaluate(() => navigator.clipboard.readText());
  await bob.page.goto(link);
  await bob.page.locator(".message.aimed", { hasText: "a better plan" }).waitFor();
  await live(bob.page);
  await ada.page.keyboard.press("Delete");
  await ada.page.getByRole("button", { name: "Delete", exact: true }).click();
  await bob.page.getByText("This message was deleted.").waitFor();
  assert.deepEqual([...ada.faults, ...bob.faults], []);
});

test("what cannot be sent is kept, and stands once when it is sent again", { skip: missing }, async () => {
  const { page, context } = ada;
  await page.route("**/messages", async (route) => {
    // The server has it, and its answer is lost.
    await route.fetch();
    await route.abort();
  }, { times: 1 });
  await write(page, "answer lost");
  await page.locator(".message:not(.pending)", { hasText: "answer lost" }).waitFor();
  await page.waitForTimeout(300);
  assert.equal(await page.getByText("answer lost").count(), 1, "the live feed confirms it");

  await context.setOffline(true);
  await write(page, "no way out");
  await page.getByRole("button", { name: "Retry" }).waitFor();
  await shot(page, "failed");
  await context.setOffline(false);
  await page.reload();
  await live(page);
  // By itself, on whichever page comes next.
  await page.locator(".message:not(.pending)", { hasText: "no way out" }).waitFor();
  await page.route("**/messages", async (route) => {
    await new Promise((resolve) => setTimeout(resolve, 400));
    await route.continue();
  }, { times: 1 });
  await write(page, "the slow one");
  await write(page, "the quick one");
  await page.locator(".message:not(.pending)", { hasText: "the quick one" }).waitFor();
  const said = await page.locator("#messages .message .content").allTextContents();
  assert.deepEqual(said.slice(-2).map((text) => text.trim()), ["the slow one", "the quick one"]);
  await page.locator("#main-content").fill("half a thou");
  await page.reload();
  await live(page);
  assert.equal(await page.locator("#main-content").inputValue(), "half a thou");
  assert.equal(await page.getByText("no way out").count(), 1);
  await page.locator("#main-content").fill("");
});

test("a composer completes people, tags with their values, and emoji", { skip: missing }, async () => {
  const { page } = ada;
  const field = page.locator("#main-content");
  await field.focus();
  await page.keyboard.type("@bo");
  await page.getByRole("option", { name: "Bob" }).waitFor();
  await page.keyboard.press("Enter");
  assert.equal(await field.inputValue(), "@bob ");
  await field.fill("");
  await page.keyboard.type("#prio");
  await page.getByRole("option", { name: "#priority" }).waitFor();
  await page.keyboard.press("Tab");
  await page.keyboard.type("H");
  await page.getByRole("option", { name: "High" }).waitFor();
  await shot(page, "complete");
  await page.keyboard.press("Enter");
  assert.equal(await field.inputValue(), "#priority High");
  await field.fill("");
  await page.keyboard.type(":rock");
  await page.getByRole("option", { name: "rocket" }).waitFor();
  await page.keyboard.press("Enter");
  assert.equal(await field.inputValue(), "🚀 ");
  await page.locator("#main-content").fill("");
});

test("what a tag will do is told before it is sent", { skip: missing }, async () => {
  const { page } = ada;
  const field = page.locator("#main-content");
  const foreseen = page.locator("#main-composer .foreseen");
  await field.fill("#task Oil the loom\n#priority gigantic");
  await foreseen.getByText("Oil the loom").waitFor();
  assert.equal(await foreseen.locator("li.will").count(), 1);
  assert.match(await foreseen.locator("li.fails").innerText(), /not a priority/);
  await sound(page, "what is foreseen");
  await shot(page, "foreseen");
  await field.fill("no tag");
  await foreseen.waitFor({ state: "hidden" });
  await field.fill("#task Oil the loom");
  await foreseen.getByText("Oil the loom").waitFor();
  await field.press("Enter");
  await foreseen.waitFor({ state: "hidden" });
  await page.locator("#messages").getByText("Oil the loom").first().waitFor();
});

test("writing, presence and what is unread are told at once", { skip: missing }, async () => {
  await ada.page.goto(chat);
  await live(ada.page);
  await bob.page.goto(chat);
  await live(bob.page);
  // Of each writer the server tells once in three seconds, and he may have just written.
  await bob.page.waitForTimeout(3100);
  await bob.page.locator("#main-content").pressSequentially("hm");
  await ada.page.getByText("bob is typing…").waitFor();
  await bob.page.locator("#main-content").fill("");

  await ada.page.getByRole("link", { name: "New direct message" }).click();
  await ada.page.getByRole("radio", { name: "Bob" }).check();
  await ada.page.getByRole("button", { name: "Open chat" }).click();
  await ada.page.getByRole("heading", { name: "Bob" }).waitFor();
  await ada.page.locator("#sidebar .dot[data-online]").waitFor();
  await live(ada.page);
  await write(ada.page, "psst");
  await bob.page.locator(".chat-link.unread", { hasText: "Ada" }).waitFor();
  await bob.page.waitForFunction(() => document.title.startsWith("(1)"));
  await bob.page.locator(".chat-link", { hasText: "Ada" }).click();
  await bob.page.getByText("New messages", { exact: true }).waitFor();
  await live(bob.page);
  await bob.page.waitForFunction(() => !document.title.startsWith("("));
  // What fits the page is read once it is seen, without scrolling.
  await bob.page.locator("#sidebar .chat-link", { hasText: "general" }).click();
  await live(bob.page);
  await bob.page.waitForFunction(() => document.querySelector('#sidebar [data-direct]')?.getAttribute("data-unread") === "0");
  await ada.page.goto(chat);
  await live(ada.page);
  await bob.page.goto(chat);
  await live(bob.page);
});

test("a session that ended elsewhere leads to where one signs in", { skip: missing }, async () => {
  const { page, context } = await world.visitor({ viewport: { width: 1280, height: 800 } });
  await page.goto("/sign-in");
  await page.getByLabel("Username").fill("bob");
  await page.getByLabel("Password", { exact: true }).fill("correct horse battery");
  await page.getByRole("button", { name: "Sign in" }).click();
  await live(page);
  await context.clearCookies();
  // As after sleep: the connection is lost, and the session with it.
  await page.evaluate(() => {
    const before = WebSocket.prototype.send;
    WebSocket.prototype.send = function () {
      WebSocket.prototype.send = before;
      this.close();
    };
    window.dispatchEvent(new Event("online"));
  });
  await page.waitForURL(/sign-in\?next=%2Fw%2F/);
});

test("who looks elsewhere is notified of a mention, once they asked for it", { skip: missing }, async () => {
  const { page, faults } = await world.visitor({ viewport: { width: 1280, height: 800 } });
  // What a browser shows outside its pages cannot be seen from here: it is written down instead.
  await page.addInitScript(() => {
    const told = /** @type {string[]} */ ([]);
    class Told extends EventTarget {
      static permission = "default";
      static async requestPermission() {
        return (Told.permission = "granted");
      }
      /**
       * @param {string} title
       * @param {{ body: string }} options
       */
      constructor(title, { body }) {
        super();
        told.push(`${title}: ${body}`);
      }
    }
    Object.assign(window, { Notification: Told, told });
  });
  await page.goto(await invited(ada.page));
  await page.getByRole("button", { name: "Create an account" }).click();
  await register(page, "Cleo");
  await page.getByRole("button", { name: "Join the workspace" }).click();
  await live(page);
  await page.goto(chat.replace(/\/c\/.*/, "/board"));
  await live(page);
  const told = () => page.evaluate(() => /** @type {any} */ (window).told);
  await page.evaluate(() => (document.hasFocus = () => false));
  await write(ada.page, "@cleo is not asking yet");
  await page.locator(".side .mentions").first().waitFor();
  assert.deepEqual(await told(), []);
  await page.locator(".side footer summary").press("Enter");
  await page.getByRole("button", { name: "Notifications" }).press("Enter");
  await page.getByText("You will hear of mentions").waitFor();
  await write(ada.page, "nobody in particular");
  await write(ada.page, "@cleo look here");
  await page.waitForFunction(() => /** @type {any} */ (window).told.length > 0);
  assert.deepEqual(await told(), ["general: You are mentioned"]);
  await page.evaluate(() => (document.hasFocus = () => true));
  await write(ada.page, "@cleo once more");
  await page.locator(".side .mentions", { hasText: "3" }).waitFor();
  assert.equal((await told()).length, 1);
  assert.deepEqual(faults, []);
});

test("older pages come without a jump, and the page stays small", { skip: missing }, async () => {
  const token = await login(ada.page);
  const [, , workspace, , id] = chat.split("/");
  for (let n = 0; n < 450; n++) {
    await ada.page.request.post(`/api/v1/workspaces/${workspace}/chats/${id}/messages`, { data: { content: `line ${n}.` }, headers: { authorization: `Bearer ${token}` } });
  }
  const { page } = bob;
  await page.goto(`${chat}?latest=1`);
  await live(page);
  await page.getByText("line 449.").waitFor();
  let most = 0;
  const oldest = page.getByText("line 0.", { exact: true });
  for (let n = 0; n < 60 && !(await oldest.isVisible()); n++) {
    const jump = await page.evaluate(async () => {
      const scroller = /** @type {HTMLElement} */ (document.getElementById("scroller"));
      const paint = () => new Promise((resolve) => requestAnimationFrame(resolve));
      scroller.scrollTop = 300;
      await paint();
      const seen = [...document.querySelectorAll("#messages .message")].find((one) => one.getBoundingClientRect().top > 100);
      const top = seen?.getBoundingClientRect().top ?? 0;
      for (let wait = 0; wait < 30; wait++) await paint();
      return seen?.isConnected ? Math.abs(seen.getBoundingClientRect().top - top) : 0;
    });
    assert.ok(jump < 2, `what is in view moved by ${jump} pixels`);
    most = Math.max(most, await page.locator("#messages .message").count());
  }
  await oldest.waitFor();
  assert.ok(most <= 350, `${most} messages stand in the page`);
  await page.getByText("Jump to the newest messages").click();
  await page.getByText("line 449.").waitFor();
  await live(page);
});

test("chats are made, found, joined, managed and left", { skip: missing }, async () => {
  const { page } = ada;
  await page.getByRole("link", { name: "New channel" }).click();
  await page.getByLabel("Name").fill("random");
  await page.getByRole("button", { name: "Create" }).click();
  await page.getByRole("heading", { name: "random" }).waitFor();
  await bob.page.getByRole("link", { name: "Browse" }).click();
  await bob.page.getByRole("link", { name: "# random" }).click();
  await bob.page.getByRole("button", { name: "Join channel" }).click();
  await bob.page.getByLabel("Message random").waitFor();
  await page.locator("#bar").getByText("2 people").click();
  await page.getByLabel("Topic").fill("everything else");
  await page.getByRole("button", { name: "Save" }).click();
  await bob.page.locator("#bar").getByText("everything else").waitFor();
  await shot(page, "about");
  await page.getByRole("button", { name: "Close", exact: true }).click();
  await bob.page.locator("#bar .people").click();
  await bob.page.getByRole("button", { name: "Leave" }).click();
  await bob.page.locator("dialog .danger").click();
  await bob.page.getByRole("heading", { name: "general" }).waitFor();
  assert.deepEqual([...ada.faults, ...bob.faults].filter((fault) => !/ERR_(FAILED|INTERNET_DISCONNECTED)|htmx:(afterRequest|sendError)/.test(fault)), []);
});

const HOSTILE = [
  "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">",
  "[click](javascript:document.title='owned') ![x](data:text/html,x)",
  "\"><svg/onload=document.title='owned'> {{constructor.constructor('document.title=1')()}}",
  "W".repeat(3000),
  "\u202eabc.exe\u202c \u2067مرحبا بالعالم\u2069 \u200b\u200d\ufeff",
  "👩‍👩‍👧‍👦".repeat(50),
  "Z̷̡̢̛͕͚̗̖͙͌͗͑̀̔a̸l̷g̸o̶ ".repeat(20),
  "# ".repeat(50) + "\n> ".repeat(60),
];

test("hostile messages stay text, in their chat, their thread and their pin", { skip: missing }, async () => {
  await ada.page.goto(chat);
  await live(ada.page);
  await bob.page.setViewportSize({ width: 360, height: 740 });
  await bob.page.goto(`${chat}?latest=1`);
  await live(bob.page);
  for (const text of HOSTILE) {
    const count = await bob.page.locator("#messages .message").count();
    await write(ada.page, text);
    await bob.page.waitForFunction((before) => document.querySelectorAll("#messages .message").length > before, count);
  }
  await harmless(bob.page, "chat");
  await shot(bob.page, "hostile-360");
  const script = bob.page.locator("#messages .message", { hasText: "<script>" });
  const self = await script.getAttribute("data-self");
  await script.focus();
  await bob.page.keyboard.press("p");
  await bob.page.locator("#bar").getByText("1 pinned").waitFor();
  await bob.page.goto(`${chat}/about`);
  await bob.page.locator(".pins", { hasText: "<script>" }).waitFor();
  await harmless(bob.page, "about");
  await bob.page.goto(String(self).replace("/messages/", "/t/"));
  await live(bob.page);
  await bob.page.locator("#reply-content").fill(HOSTILE.slice(0, 4).join(" "));
  await bob.page.keyboard.press("Enter");
  await bob.page.locator("#thread .message:not(.pending)").nth(1).waitFor();
  await harmless(bob.page, "thread");
  const isBelow = await bob.page.locator("#thread .message").last().evaluate((message) => {
    const top = (/** @type {string} */ name) => message.querySelector(name)?.getBoundingClientRect().top ?? 0;
    return top(".who") < top(".content");
  });
  assert.ok(isBelow, "what is said stands below who said it");
  await shot(bob.page, "thread-360");
  await bob.page.setViewportSize({ width: 1280, height: 800 });
});

test("nothing is found wrong with the chat, its thread and its dialogs, in both themes", { skip: missing }, async () => {
  const { page } = ada;
  for (const theme of /** @type {const} */ (["light", "dark"])) {
    await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
    await page.goto(chat);
    await live(page);
    await page.locator("#messages .message").last().hover();
    await page.getByRole("button", { name: "Reply in thread" }).waitFor();
    await sound(page, `chat, ${theme}`);
    await shot(page, `chat-full-${theme}`);
    await page.getByRole("button", { name: "Reply in thread" }).click();
    await page.getByRole("heading", { name: "Thread" }).waitFor();
    await sound(page, `thread, ${theme}`);
    for (const name of ["New channel", "New group", "New direct message", "Browse"]) {
      await page.getByRole("link", { name }).click();
      await page.locator("#dialog .panel").waitFor();
      await sound(page, `${name}, ${theme}`);
      await shot(page, `${name.replaceAll(" ", "-")}-${theme}`);
      await page.keyboard.press("Escape");
    }
    await page.locator("#bar .people").click();
    await page.locator("#dialog .panel").waitFor();
    await sound(page, `about, ${theme}`);
    await shot(page, `about-${theme}`);
    await page.keyboard.press("Escape");
    await page.locator("#messages .message").last().focus();
    await page.keyboard.press("+");
    await page.getByLabel("Find an emoji").waitFor();
    await sound(page, `picker, ${theme}`);
    await shot(page, `picker-${theme}`);
    await page.keyboard.press("Escape");
  }
});

/**
 * Nothing of what was typed acts, and nothing is wider than the page.
 * @param {Page} page
 * @param {string} where
 */
async function harmless(page, where) {
  await page.waitForTimeout(300);
  assert.doesNotMatch(await page.title(), /owned|^1$/, where);
  assert.equal(await page.locator(".message :is(script, img, svg, a[href^='javascript'], a[href^='data'])").count(), 0, where);
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth), false, where);
}

/** @param {Page} page */
async function live(page) {
  await page.waitForSelector("body[data-live]");
}

/**
 * @param {Page} page
 * @param {string} text
 */
async function write(page, text) {
  await page.locator("#main-content").fill(text);
  await page.locator("#main-content").press("Enter");
}

/** @param {Page} page */
async function login(page) {
  const answer = await page.request.post("/api/v1/auth/login", { data: { username: "ada", password: "correct horse battery" } });
  return (await answer.json()).data.access_token;
}

/** @param {Page} page */
async function invited(page) {
  const workspace = await page.getAttribute("body", "data-workspace");
  const headers = { authorization: `Bearer ${await login(page)}` };
  const answer = await page.request.post(`/api/v1/workspaces/${workspace}/invites`, { data: {}, headers });
  return (await answer.json()).data.url;
}
