// A server with data of its own, and browsers that visit it.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const FLOWRA = process.env.SERVER_BIN ?? "../target/debug/flowra";
const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";

/** Why browser tests cannot run here; false when they can. In CI a missing browser is a failure, not a reason. */
export const missing = !existsSync(CHROMIUM) && !process.env.CI ? `no browser at ${CHROMIUM}: set CHROMIUM` : false;

/** A running server and a browser. */
export class World {
  /**
   * @param {string} folder
   * @param {Server} server
   * @param {import("playwright-core").Browser} browser
   */
  constructor(folder, server, browser) {
    this.folder = folder;
    this.server = server;
    this.browser = browser;
  }

  /** Starts a server on a free port with an empty database. */
  static async start() {
    const folder = mkdtempSync(join(tmpdir(), "flowra-web-"));
    const server = await serve(folder, "127.0.0.1:0");
    return new World(folder, server, await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] }));
  }

  async stop() {
    await this.browser.close();
    await this.server.end("SIGTERM");
    rmSync(this.folder, { recursive: true });
  }

  /**
   * Kills the server without a word, and starts it again where it was.
   * @param {() => Promise<void>} meanwhile what happens while there is none
   */
  async restart(meanwhile) {
    await this.server.end("SIGKILL");
    await meanwhile();
    this.server = await serve(this.folder, new URL(this.server.url).host);
  }

  /**
   * Somebody's browser, whose page must not complain.
   * @param {import("playwright-core").BrowserContextOptions} [options]
   */
  async visitor(options = {}) {
    const context = await this.browser.newContext({ baseURL: this.server.url, ...options });
    const page = await context.newPage();
    /** @type {string[]} */
    const faults = [];
    page.on("pageerror", (error) => faults.push(String(error)));
    page.on("console", (message) => {
      if (message.type() === "error" && !/status of (4|5)\d\d/.test(message.text())) faults.push(message.text());
    });
    return { page, context, faults };
  }
}

/** @typedef {{ url: string, end: (signal: NodeJS.Signals) => Promise<void> }} Server */

/**
 * @param {string} folder
 * @param {string} listen
 * @returns {Promise<Server>}
 */
async function serve(folder, listen) {
  const server = spawn(FLOWRA, ["serve"], {
    env: {
      PATH: process.env.PATH,
      FLOWRA_LOG: "warn",
      FLOWRA_LISTEN: listen,
      FLOWRA_STORAGE: `sqlite:${folder}/flowra.db`,
      FLOWRA_LIMITS__REQUESTS_PER_MINUTE: "0",
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise((resolve) => server.once("exit", resolve));
  const url = await new Promise((found, failed) => {
    let said = "";
    server.stdout.on("data", (part) => {
      said += part;
      const match = /runs at (http:\/\/\S+)/.exec(said);
      if (match) found(match[1]);
    });
    server.on("exit", (code) => failed(new Error(`the server ended with ${code}`)));
    server.on("error", failed);
  });
  const end = async (/** @type {NodeJS.Signals} */ signal) => {
    server.kill(signal);
    await ended;
  };
  return { url, end };
}

/**
 * Makes an account on the page that asks for one.
 * @param {import("playwright-core").Page} page
 * @param {string} name
 */
export async function register(page, name) {
  await page.getByLabel("Your name").fill(name);
  await page.getByLabel("Username").fill(name.toLowerCase());
  await page.getByLabel("E-mail").fill(`${name.toLowerCase()}@example.org`);
  await page.getByLabel("Password", { exact: true }).fill("correct horse battery");
  await page.getByRole("button", { name: "Create account" }).click();
}

/**
 * Fails when axe finds anything that keeps somebody out.
 * @param {import("playwright-core").Page} page
 * @param {string} where
 */
export async function sound(page, where) {
  await page.waitForTimeout(350);
  if (!(await page.evaluate("'axe' in window"))) await page.evaluate(AXE);
  const found = /** @type {{ id: string, nodes: { html: string, failureSummary: string }[] }[]} */ (await page.evaluate("axe.run().then((result) => result.violations)"));
  assert.deepEqual(found.map((one) => `${one.id}: ${one.nodes.map((node) => `${node.html.slice(0, 200)} ${node.failureSummary}`).join("\n")}`), [], where);
}

/**
 * Keeps a picture where `SHOTS` says, to be looked at.
 * @param {import("playwright-core").Page} page
 * @param {string} name
 */
export async function shot(page, name) {
  if (!process.env.SHOTS) return;
  // Pico fades from theme to theme.
  await page.waitForTimeout(400);
  await page.screenshot({ path: `${process.env.SHOTS}/${name}.png`, caret: "initial" });
}
