// Whatever people write into any field is shown as they wrote it: nothing of it runs, hides what stands beside it, or pushes a page apart.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { World, missing, register, shot, sound } from "./world.js";

/** What sets `hacked` if a browser, a template or Alpine takes it for code. */
const CODE = [
  "<script>window.hacked = 1</script>",
  '"><img src=x onerror="window.hacked=2">',
  "' onmouseover='window.hacked=3' autofocus onfocus='window.hacked=3",
  "</textarea></title></template><svg onload=window.hacked=4>",
  "{{constructor.constructor('window.hacked=5')()}} ${window.hacked=5}",
  '<b x-data x-init="window.hacked=6" hx-get="/" hx-trigger="load">b</b>',
  "[link](javascript:window.hacked=7) <javascript:window.hacked=7>",
  "&lt;i&gt; &amp;quot; &#x3C;script&#x3E;",
];

/** What disturbs the eye or the layout. */
const SHAPES = [
  "W".repeat(90),
  "\u202Egnp.exe \u2066left\u2069",
  "مرحبا بالعالم שלום",
  "zero\u200Bwidth\u200Djoiner\uFEFFmark",
  "👩‍👩‍👧‍👦🏳️‍🌈".repeat(6),
  "Z̴̧͓̗͝a̷̧͓l̸͓̗g̵̗͝o̶̧".repeat(5),
];

const CORPUS = [...CODE, ...SHAPES];

/** @type {World} */
let world;

before(async () => {
  if (!missing) world = await World.start();
});
after(async () => world?.stop());

/**
 * A client of the API; what it sends must be taken, or refused with a reason.
 * @param {string} token
 */
const client = (token) => async (/** @type {string} */ method, /** @type {string} */ path, /** @type {unknown} */ body) => {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const answer = await fetch(`${world.server.url}/api/v1${path}`, { method, headers, body: JSON.stringify(body) });
  const { data, error } = /** @type {{ data?: any, error?: { message: string } }} */ (await answer.json());
  assert.ok(answer.ok || [400, 422].includes(answer.status), `${method} ${path}: ${answer.status} ${JSON.stringify(body)}`);
  assert.ok(answer.ok || error?.message, `${path}: no reason`);
  return data;
};

test("hostile text in every field is shown and does nothing", { skip: missing, timeout: 300_000 }, async () => {
  const { page, faults } = await world.visitor({ viewport: { width: 1280, height: 800 } });
  page.on("dialog", (dialog) => faults.push(`a dialog: ${dialog.message()}`));
  await page.goto("/");
  await register(page, "Ada");
  await page.getByLabel("Name").fill("Engines");
  await page.getByRole("button", { name: "Create workspace" }).click();
  await page.waitForSelector("body[data-live]");
  const chat = new URL(page.url()).pathname;
  const workspace = chat.split("/c/")[0];
  const signedIn = await fetch(`${world.server.url}/api/v1/auth/login`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ username: "ada", password: "correct horse battery" }),
  });
  const api = client(/** @type {any} */ (await signedIn.json()).data.access_token);
  const ours = `/workspaces/${workspace.slice(3)}`;
  const general = `${ours}/chats/${chat.split("/c/")[1]}`;

  // What a page does with it, seen by a person: nothing ran, and nothing stands beyond the edge.
  const harmless = async (/** @type {string} */ where) => {
    assert.equal(await page.evaluate("window.hacked"), undefined, where);
    assert.deepEqual(faults, [], where);
    const wide = await page.evaluate(() => [...document.querySelectorAll("body *")].filter((one) => one.getBoundingClientRect().right > window.innerWidth + 1 && !one.closest(".board, .cards, pre, table")).map((one) => one.outerHTML.slice(0, 160)).slice(0, 3));
    const isWide = await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
    assert.equal(isWide, false, `${where}: wider than the window: ${wide.join("\n")}`);
  };

  // Live first: what arrives at an open page is put in by scripts.
  /** @type {any[]} */
  const tasks = [];
  const root = await api("POST", `${general}/messages`, { content: "the root" });
  for (const text of CORPUS) {
    await api("POST", `${general}/messages`, { content: text });
    await api("POST", `${general}/messages`, { content: text, parent_id: root.id });
    await api("POST", `${general}/messages`, { content: `#task ${text}\n#label ${text}\n#assignee @${text}` });
    await api("POST", `${ours}/chats`, { kind: "channel", title: text.slice(0, 90), topic: text });
    const made = await api("POST", `${ours}/tasks`, { title: text, description: `${text}\n\n\`\`\`\n${text}\n\`\`\``, labels: [text.slice(0, 30)] });
    if (made) tasks.push(made);
    await api("POST", `${ours}/tasks`, { title: text, kind: "epic" });
    await api("POST", "/users/me/tokens", { name: text, scopes: ["read"] });
  }
  assert.equal(tasks.length, CORPUS.length, "a task takes them all");
  const last = SHAPES.at(-1) ?? "";
  await page.locator(".message", { hasText: last }).first().waitFor();
  await harmless("messages that arrived");
  for (const text of CODE.slice(0, 7)) assert.ok((await page.locator("#messages").innerText()).includes(text.replace(/^\[link\].*/, "link")), text);

  const task = tasks[0].id;
  const pages = {
    chat,
    thread: `${chat}/t/${root.id}`,
    board: `${workspace}/board`,
    filter: `${workspace}/board?text=${encodeURIComponent(CODE[1])}&label=${encodeURIComponent(CODE[0].slice(0, 30))}`,
    list: `${workspace}/tasks`,
    task: `${workspace}/task/${task}`,
    shape: `${workspace}/task/${tasks[CODE.length].id}`,
    people: `${workspace}/people`,
    settings: `${workspace}/settings`,
    account: "/settings",
    admin: "/admin",
    jump: `${workspace}/jump?q=${encodeURIComponent(CODE[0])}`,
  };
  for (const [width, height] of [[1280, 800], [360, 740]]) {
    await page.setViewportSize({ width, height });
    for (const [name, path] of Object.entries(pages)) {
      const answer = await page.goto(path);
      assert.ok((answer?.status() ?? 500) < 400, `${name}: ${answer?.status()}`);
      await harmless(`${name} at ${width}`);
      if (width === 360) await shot(page, `hostile-${name}`);
    }
  }
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.goto(pages.task);
  await sound(page, "a task with hostile text");
  await page.goto(chat);
  await sound(page, "a chat with hostile text");

  // Names stand on every page.
  for (const text of CORPUS) {
    await api("PUT", "/users/me", { display_name: text.slice(0, 60) });
    await api("PUT", ours, { name: text.slice(0, 60), description: text });
    await api("PUT", general, { title: text.slice(0, 60), topic: text });
    for (const name of /** @type {const} */ (["task", "people", "settings", "account", "admin", "chat"])) {
      await page.goto(pages[name]);
      await harmless(`${name} with names like ${text}`);
    }
    await page.keyboard.press("Control+k");
    await page.locator("#palette[open], dialog[open]").first().waitFor();
    await harmless(`the palette with names like ${text}`);
  }
});
