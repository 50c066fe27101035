// How fast the pages are: prints a line a figure, each with its goal. `SERVER_BIN` names the server to measure, a release build; see scripts/web.
import { Agent, request } from "node:http";
import { World, register } from "../web-tests/world.js";

const MESSAGES = 100_000;
const TASKS = 10_000;
/** How many requests prepare the data at once. */
const WRITERS = 32;

const world = await World.start();
const agent = new Agent({ keepAlive: true, maxSockets: WRITERS });
/** @type {string[]} */
const missed = [];

try {
  const { page, context } = await world.visitor({ viewport: { width: 1280, height: 800 } });
  await page.goto("/");
  await register(page, "Ada");
  await page.getByLabel("Name").fill("Engines");
  await page.getByRole("button", { name: "Create workspace" }).click();
  await page.waitForSelector("body[data-live]");
  const chat = new URL(page.url()).pathname;
  const [, , workspace] = chat.split("/");
  const cookie = (await context.cookies()).map(({ name, value }) => `${name}=${value}`).join("; ");
  await prepare(workspace, chat);

  for (const [what, path] of [["chat of 100,000 messages", `${chat}?latest=1`], ["board of 10,000 tasks", `/w/${workspace}/board`]]) {
    await measureServer(what, path, cookie);
    await measureOpening(what, path, context);
  }
  await measureSight(chat, context);
  await measureScrolling(chat, context);
} finally {
  agent.destroy();
  await world.stop();
}
if (missed.length) {
  console.log(`missed: ${missed.join("; ")}`);
  process.exitCode = 1;
}

/**
 * @param {string} work
 * @param {number} figure
 * @param {string} unit
 * @param {number} goal it is to be no more
 */
function tell(work, figure, unit, goal) {
  const isMet = figure <= goal;
  if (!isMet) missed.push(work);
  console.log(`${work.padEnd(66)} ${figure.toFixed(unit === "" ? 3 : 1).padStart(9)} ${unit.padEnd(3)} goal ≤ ${goal} ${unit}${isMet ? "" : "  MISSED"}`);
}

/**
 * @param {string} method
 * @param {string} path
 * @param {Record<string, string>} headers
 * @param {string} [body]
 * @returns {Promise<{ status: number, bytes: number, text: string, milliseconds: number }>}
 */
function ask(method, path, headers, body) {
  const from = performance.now();
  return new Promise((done, failed) => {
    const asked = request(new URL(path, world.server.url), { method, agent, headers }, (answer) => {
      /** @type {Buffer[]} */
      const parts = [];
      answer.on("data", (part) => parts.push(part));
      answer.on("end", () => {
        const whole = Buffer.concat(parts);
        done({ status: answer.statusCode ?? 0, bytes: whole.length, text: whole.toString(), milliseconds: performance.now() - from });
      });
    });
    asked.on("error", failed);
    asked.end(body);
  });
}

/**
 * @param {string} workspace
 * @param {string} chat
 */
async function prepare(workspace, chat) {
  const json = { "content-type": "application/json" };
  const signed = await ask("POST", "/api/v1/auth/login", json, JSON.stringify({ username: "ada", password: "correct horse battery" }));
  const headers = { ...json, authorization: `Bearer ${JSON.parse(signed.text).data.access_token}` };
  const fill = async (/** @type {string} */ path, /** @type {number} */ count, /** @type {(n: number) => object} */ body) => {
    let next = 0;
    const writer = async () => {
      while (next < count) {
        const { status, text } = await ask("POST", path, headers, JSON.stringify(body(next++)));
        if (status !== 201) throw new Error(`${path}: ${status} ${text}`);
      }
    };
    await Promise.all(Array.from({ length: WRITERS }, writer));
  };
  const messages = `/api/v1${chat.replace("/w/", "/workspaces/").replace("/c/", "/chats/")}/messages`;
  await fill(messages, MESSAGES, (n) => ({ content: `Message ${n} says **something** about \`part_${n % 97}\` and the work of the day.` }));
  await fill(`/api/v1/workspaces/${workspace}/tasks`, TASKS, (n) => ({ title: `Task ${n}: look after part ${n % 97}`, labels: [`label-${n % 7}`] }));
}

/** @param {number[]} times */
function p99(times) {
  return times.sort((one, other) => one - other)[Math.floor(times.length * 0.99)] ?? NaN;
}

/**
 * @param {string} what
 * @param {string} path
 * @param {string} cookie
 */
async function measureServer(what, path, cookie) {
  /** @type {number[]} */
  const times = [];
  let bytes = 0;
  for (let n = 0; n < 550; n++) {
    const answer = await ask("GET", path, { cookie, accept: "text/html", "accept-encoding": "br, gzip" });
    if (answer.status !== 200) throw new Error(`${path}: ${answer.status}`);
    bytes = answer.bytes;
    if (n >= 50) times.push(answer.milliseconds);
  }
  tell(`${what}: 99 of 100 answered within`, p99(times), "ms", 10);
  tell(`${what}: the page over the wire`, bytes / 1000, "KB", 60);
}

/**
 * @param {string} what
 * @param {string} path
 * @param {import("playwright-core").BrowserContext} from whose session
 */
async function measureOpening(what, path, from) {
  const openings = [];
  for (let n = 0; n < 9; n++) openings.push(await opening(path, from));
  openings.sort((one, other) => one.first - other.first);
  const median = openings[4];
  tell(`${what}: with all assets, nothing kept`, median.bytes / 1000, "KB", 120);
  tell(`${what}: first content in the browser after (median of 9)`, median.first, "ms", 300);
  tell(`${what}: layout shift, the worst`, Math.max(...openings.map(({ shift }) => shift)), "", 0);
}

/**
 * Opens the page as somebody does who has nothing of it yet.
 * @param {string} path
 * @param {import("playwright-core").BrowserContext} from whose session
 */
async function opening(path, from) {
  const { page, context } = await world.visitor({ viewport: { width: 1280, height: 800 }, storageState: await from.storageState() });
  const browser = await context.newCDPSession(page);
  await browser.send("Network.enable");
  let bytes = 0;
  browser.on("Network.loadingFinished", (loaded) => (bytes += loaded.encodedDataLength));
  await page.goto(path);
  await page.waitForSelector("body[data-live]");
  await page.waitForTimeout(1000);
  const { first, shift } = await page.evaluate(
    () =>
      /** @type {Promise<{ first: number, shift: number }>} */ (
        new Promise((done) => {
          const first = performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? NaN;
          let shift = 0;
          new PerformanceObserver((list) => {
            for (const entry of list.getEntries()) shift += /** @type {any} */ (entry).value;
          }).observe({ type: "layout-shift", buffered: true });
          setTimeout(() => done({ first, shift }), 200);
        })
      ),
  );
  await context.close();
  return { bytes, first, shift };
}

/**
 * How soon a message stands on another's page.
 * @param {string} chat
 * @param {import("playwright-core").BrowserContext} from
 */
async function measureSight(chat, from) {
  const storageState = await from.storageState();
  const open = async () => {
    const { page } = await world.visitor({ viewport: { width: 1280, height: 800 }, storageState });
    await page.goto(`${chat}?latest=1`);
    await page.waitForSelector("body[data-live]");
    return page;
  };
  const [author, reader] = [await open(), await open()];
  const times = [];
  for (let n = 0; n < 100; n++) {
    const text = `seen ${n}.`;
    const seen = reader.evaluate(
      (text) =>
        /** @type {Promise<number>} */ (
          new Promise((done) => {
            const watch = new MutationObserver(() => {
              const last = document.querySelector("#messages > .message:last-of-type");
              if (last?.textContent?.includes(text)) {
                watch.disconnect();
                requestAnimationFrame(() => done(Date.now()));
              }
            });
            watch.observe(/** @type {Element} */ (document.getElementById("messages")), { childList: true });
          })
        ),
      text,
    );
    await author.locator("#main-content").fill(text);
    const sent = await author.evaluate(() => {
      /** @type {HTMLFormElement} */ (document.getElementById("main-composer")).requestSubmit();
      return Date.now();
    });
    times.push((await seen) - sent);
  }
  tell("a message stands at another browser, 99 of 100 within", p99(times), "ms", 100);
  await author.context().close();
  await reader.context().close();
}

/**
 * @param {string} chat
 * @param {import("playwright-core").BrowserContext} from
 */
async function measureScrolling(chat, from) {
  const { page, context } = await world.visitor({ viewport: { width: 1280, height: 800 }, storageState: await from.storageState() });
  const browser = await context.newCDPSession(page);
  await browser.send("HeapProfiler.enable");
  const heap = async () => {
    await browser.send("HeapProfiler.collectGarbage");
    return (await browser.send("Runtime.getHeapUsage")).usedSize / 1e6;
  };
  await page.goto(`${chat}?latest=1`);
  await page.waitForSelector("body[data-live]");
  const back = (/** @type {number} */ messages) =>
    page.evaluate(async (messages) => {
      const scroller = /** @type {HTMLElement} */ (document.getElementById("scroller"));
      const number = () => Number(/Message (\d+)/.exec(document.querySelector("#messages > .message:nth-of-type(3)")?.textContent ?? "")?.[1]);
      const until = number() - messages;
      const frames = [];
      let last = performance.now();
      const end = last + 120_000;
      while (!(number() <= until) && last < end) {
        scroller.scrollTop -= 160;
        const now = /** @type {number} */ (await new Promise((next) => requestAnimationFrame(next)));
        frames.push(now - last);
        last = now;
      }
      return { frames, reached: number() <= until };
    }, messages);
  await back(500);
  const before = await heap();
  const { frames, reached } = await back(5000);
  if (!reached) throw new Error("scrolling back came to no end");
  tell("scrolling back through 5,000 messages: 99 of 100 frames within", p99([...frames]), "ms", 50);
  tell("scrolling back through 5,000 messages: the heap grows by", (await heap()) - before, "MB", 2);
  await context.close();
}
