import { existsSync } from "node:fs";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ownToken, type ServingMesh, serveMesh } from "./mesh-process.ts";
import { publishedLoans, type SmallProject } from "./small-project.ts";

const places = ["chromium", "chromium-browser", "google-chrome"].map((name) => `/usr/bin/${name}`);
const executable = [process.env.CHROMIUM_PATH ?? "", ...places].find((path) => path !== "" && existsSync(path));
const why = executable === undefined ? " (skipped: no Chromium; CHROMIUM_PATH names one)" : "";

/** Loans are for whoever is known. */
const query = "{ loans { totalCount } }";

describe.skipIf(executable === undefined)(`signing in on the start page${why}`, () => {
  const stack = new AsyncDisposableStack();
  let project: SmallProject;
  let server: ServingMesh;
  let browser: Browser;
  let token: string;

  beforeAll(async () => {
    project = stack.use(await publishedLoans());
    server = stack.use(await serveMesh(["serve", "gateway"], { cwd: project.root }));
    token = await ownToken({ cwd: project.root });
    browser = await chromium.launch({ executablePath: executable ?? "", args: ["--no-sandbox"], timeout: 0 });
    stack.defer(() => browser.close());
  });
  afterAll(() => stack.disposeAsync());

  async function openPage(context: BrowserContext) {
    // As long as the machine needs: the test has a limit of its own.
    context.setDefaultTimeout(0);
    const page = await context.newPage();
    const seen = { addresses: [] as string[], sentWith: [] as (string | undefined)[], refusedByPolicy: [] as string[] };
    page.on("request", (request) => {
      seen.addresses.push(request.url());
      if (request.method() === "POST") seen.sentWith.push(request.headers().authorization);
    });
    page.on("console", (message) => {
      if (/content security policy/i.test(message.text())) seen.refusedByPolicy.push(message.text());
    });
    await page.goto(server.url);
    return { page, seen };
  }

  async function signIn(page: Page, text: string): Promise<string> {
    await page.fill("#token", text);
    await page.click("#sign-in button");
    await page.locator("#sign-in-said:not(:empty)").waitFor();
    return (await page.textContent("#sign-in-said")) ?? "";
  }

  /** What GraphiQL shows when it asks. */
  async function ask(page: Page): Promise<string> {
    await page.goto(`${server.url}/graphql?query=${encodeURIComponent(query)}`);
    // Before the editor has it there is nothing to ask.
    await page.locator(".graphiql-query-editor", { hasText: "totalCount" }).waitFor();
    await page.click(".graphiql-execute-button");
    const shown = () => page.evaluate<string>("document.querySelector('.result-window')?.textContent ?? ''");
    await expect.poll(shown).toMatch(/"(data|errors)"/);
    return (await shown()).replaceAll("\u00a0", " ");
  }

  /** Everything that stays in the browser. */
  const kept = (page: Page) =>
    page.evaluate<Record<string, string>>(
      "({ tab: JSON.stringify(sessionStorage), browser: JSON.stringify(localStorage) })",
    );

  test("GraphiQL asks with the token of its tab, which is in no address, no editor and nothing that outlives the tab", async () => {
    await using context = await browser.newContext();
    const { page, seen } = await openPage(context);
    expect(await ask(page)).toContain("access/product-denied");
    await page.goto(server.url);
    expect(await signIn(page, ` Bearer ${token}\n`)).toContain("You are signed in");
    expect(await page.isVisible("#sign-in")).toBe(false);
    expect(await ask(page)).toContain('"totalCount": 500');
    expect(seen.sentWith.at(-1)).toBe(`Bearer ${token}`);
    expect(await page.content()).not.toContain(token);
    // The editor keeps what was asked a while after it was.
    await expect.poll(async () => (await kept(page)).browser).toContain("totalCount");
    const { tab, browser: lasting } = await kept(page);
    expect([tab?.includes(token), lasting?.includes(token)]).toEqual([true, false]);
    expect(seen.addresses.filter((address) => address.includes(token))).toEqual([]);
    expect(seen.refusedByPolicy).toEqual([]);
    await page.goto(server.url);
    await page.click("#sign-out");
    expect(await page.textContent("#sign-in-said")).toBe("You are signed out.");
    expect(await ask(page)).toContain("access/product-denied");
    expect(await kept(page)).not.toMatchObject({ tab: expect.stringContaining(token) });
  });

  test.each<[string, () => string, string]>([
    ["was changed", () => `${token.slice(0, -10)}AAAAAAAAAA`, "The token is not valid: it was changed"],
    ["is no token", () => "let-me-in", "The token is not valid: it is no signed token"],
    ["has blanks in it", () => "let me in", "it is one word, without blanks"],
    ["is a key that is none", () => "mk_0123456789_x", "it is no service key of this mesh"],
  ])("what %s is refused at once, with the reason, and not kept", async (_, text, said) => {
    await using context = await browser.newContext();
    const { page } = await openPage(context);
    expect(await signIn(page, text())).toContain(said);
    expect(await page.isVisible("#sign-in")).toBe(true);
    expect((await kept(page)).tab).toBe("{}");
    expect(page.url()).toBe(`${server.url}/`);
  });
});
