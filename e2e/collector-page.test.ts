import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { stripTypeScriptTypes } from "node:module";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { changeSourceKeys, keyFile } from "@thoth/ingest/collector/key-file";
import { createSourceKey } from "@thoth/ingest/collector/source-key";
import { type TempDir, tempDir } from "@thoth/testing/temp-dir";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type CollectingProcess, readCollectedEvents, startCollecting, writePings } from "./collecting-domain.ts";
import { repository } from "./mesh-process.ts";

const places = ["chromium", "chromium-browser", "google-chrome"].map((name) => `/usr/bin/${name}`);
const executable = [process.env.CHROMIUM_PATH ?? "", ...places].find((path) => path !== "" && existsSync(path));
const why = executable === undefined ? " (skipped: no Chromium; CHROMIUM_PATH names one)" : "";

/** The sample page, and the client as a browser reads it. */
async function servePage() {
  const server = createServer(async (request, response) => {
    const path = new URL(request.url ?? "/", "http://page").pathname;
    const name = /^\/telemetry\/([a-z-]+\.ts)$/.exec(path)?.[1];
    if (name !== undefined) {
      const source = await readFile(join(repository, "platform/telemetry/src", name), "utf8");
      response.writeHead(200, { "content-type": "text/javascript" }).end(stripTypeScriptTypes(source));
    } else {
      const page = await readFile(join(repository, "e2e/sample-page/index.html"));
      response.writeHead(200, { "content-type": "text/html" }).end(page);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe.skipIf(executable === undefined)(`a page that uses the client${why}`, () => {
  const stack = new AsyncDisposableStack();
  let dir: TempDir;
  let collecting: CollectingProcess;
  let browser: Browser;
  let address: string;

  beforeAll(async () => {
    dir = stack.use(await tempDir());
    await writePings(dir.path);
    const { origin } = stack.use(await servePage());
    const rate = { perSecond: 100, burst: 1000 };
    const terms = { name: "page", kind: "publishable", sources: ["/demo/page"], origins: [origin], rate } as const;
    const { key, kept } = createSourceKey(terms, Date.now());
    await changeSourceKeys(keyFile(join(dir.path, "collector")), () => [kept]);
    collecting = stack.use(await startCollecting({ root: dir.path, dir: join(dir.path, "collector") }));
    browser = await chromium.launch({ executablePath: executable ?? "", args: ["--no-sandbox"], timeout: 0 });
    stack.defer(() => browser.close());
    address = `${origin}/?${new URLSearchParams({ endpoint: collecting.url, key })}`;
  });
  afterAll(() => stack.disposeAsync());

  /** Sum of all circles that the collector has on its disk. */
  const circles = async () => {
    const events = await readCollectedEvents(join(dir.path, "collector"));
    expect(new Set(events.map(({ id }) => id)).size, "nothing is there twice").toBe(events.length);
    return events.reduce((sum, { data }) => sum + (data.counts?.draw_circle ?? 0), 0);
  };

  const waiting = (page: Page) =>
    page.evaluate(() => Object.keys(localStorage).filter((name) => name.startsWith("thoth-telemetry")).length);

  async function openPage(context: BrowserContext): Promise<{ page: Page; sent: string[] }> {
    // As long as the machine needs: the test has a limit of its own.
    context.setDefaultTimeout(0);
    const page = await context.newPage();
    const sent: string[] = [];
    page.on("request", (request) => {
      if (request.url().startsWith(collecting.url)) sent.push(request.url());
    });
    await page.goto(address);
    return { page, sent };
  }

  async function draw(page: Page, times: number): Promise<void> {
    for (let click = 0; click < times; click++) await page.click("#draw");
  }

  test("sends nothing until its user agrees, and nothing at all when the browser asks not to be tracked", async () => {
    await using context = await browser.newContext();
    const { page, sent } = await openPage(context);
    await draw(page, 2);
    expect(await waiting(page)).toBe(0);
    await using untracked = await browser.newContext();
    await untracked.addInitScript('Object.defineProperty(navigator, "doNotTrack", { value: "1" })');
    const other = await openPage(untracked);
    await other.page.check("#agree");
    await draw(other.page, 2);
    expect(await other.page.evaluate("window.telemetry.active")).toBe(false);
    await page.goto("about:blank");
    expect([...sent, ...other.sent]).toEqual([]);
    expect(await circles()).toBe(0);
  });

  test("counts in memory, keeps what it cannot send, and hands the rest over when it goes away", async () => {
    await using context = await browser.newContext();
    const { page } = await openPage(context);
    await page.check("#agree");
    await expect.poll(() => waiting(page)).toBe(0);
    await context.setOffline(true);
    await page.evaluate('window.telemetry.report("demo.session.usage", { counts: { draw_circle: 5 } })');
    expect(await page.evaluate("window.telemetry.flush()")).toBe(false);
    expect(await waiting(page)).toBe(1);
    expect(await circles()).toBe(0);
    await context.setOffline(false);
    await draw(page, 3);
    await page.goto("about:blank");
    // The last three were only in memory until the page went away.
    await expect.poll(circles).toBe(8);
    const next = await openPage(context);
    await expect.poll(() => waiting(next.page)).toBe(0);
    expect(await circles(), "what a beacon brought is known when it is sent again").toBe(8);
  });
});
