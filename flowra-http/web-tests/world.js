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
   * @param {string} url
   * @param {import("playwright-core").Browser} browser
   * @param {() => Promise<void>} stop
   */
  constructor(url, browser, stop) {
    this.url = url;
    this.browser = browser;
    this.stop = stop;
  }

  /** Starts a server on a free port with an empty database. */
  static async start() {
    const folder = mkdtempSync(join(tmpdir(), "flowra-web-"));
    const server = spawn(FLOWRA, ["serve"], {
      env: {
        PATH: process.env.PATH,
        FLOWRA_LOG: "warn",
        FLOWRA_LISTEN: "127.0.0.1:0",
        FLOWRA_STORAGE: `sqlite:${folder}/flowra.db`,
        FLOWRA_LIMITS__REQUESTS_PER_MINUTE: "0",
      },
      stdio: ["ignore", "pipe", "inherit"],
    });
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
    const browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
    return new World(url, browser, async () => {
      await browser.close();
      const ended = new Promise((resolve) => server.once("exit", resolve));
      server.kill("SIGTERM");
      await ended;
      rmSync(folder, { recursive: true });
    });
  }

  /**
   * Somebody's browser, whose page must not complain.
   * @param {import("playwright-core").BrowserContextOptions} [options]
   */
  async visitor(options = {}) {
    const context = await this.browser.newContext({ baseURL: this.url, ...options });
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

/**
 * Makes an account on the page that asks for one.
 * @param {import("playwright-core").Page} page
 * @param {string} name
 */
export async function register(page, name) {
  await page.getByLabel("Your name").fill(name);
  await page.getByLabel("Username").fill(name.toLowerCase());
  await page.getByLabel("E-mail").fill(`${name.toLowerCase()}@example.org`);
  await page.getByLabel("Password").fill("correct horse battery");
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
