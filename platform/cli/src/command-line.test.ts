import { describe, expect, test } from "vitest";
import { parseInput } from "./command-input.ts";
import { runCommandLine } from "./command-line.ts";
import { commands } from "./command-list.ts";
import { recordingEffects } from "./testing/recording-effects.ts";

async function mesh(...args: readonly string[]) {
  const effects = recordingEffects();
  const code = await runCommandLine(args, effects);
  return { code, ...effects.said };
}

const names = Object.keys(commands);

describe.each(names)("mesh %s", (name) => {
  test("has a help with usage, options and examples", async () => {
    const { code, out, err } = await mesh(...name.split(" "), "--help");
    expect(code).toBe(0);
    expect(err).toBe("");
    expect(out).toContain(`Usage: mesh ${name}`);
    expect(out).toMatch(/\nExamples?:\n {2}\S/);
    expect(out).toContain("--json");
    for (const line of out.split("\n")) expect(line.length).toBeLessThanOrEqual(110);
    expect(await mesh("help", ...name.split(" "))).toEqual({ code, out, err });
  });

  test("takes the options of its own examples, and says what it is in the words of the overview's list", async () => {
    const command = await commands[name]?.load();
    expect(command?.name).toBe(`mesh ${name}`);
    for (const [example] of command?.examples ?? []) {
      const words = example.replace(/^.*?mesh /, "").match(/'[^']*'|"[^"]*"|\S+/g) ?? [];
      const args = words.slice(name.split(" ").length);
      if (command !== undefined && !example.includes("$(")) expect(() => parseInput(command, args)).not.toThrow();
    }
  });

  test("refuses an option it does not have", async () => {
    const { code, err } = await mesh(...name.split(" "), "--nonsense");
    expect(code).toBe(2);
    expect(err).toBe(`cli/usage: mesh ${name} has no option --nonsense\n  hint See: mesh ${name} --help\n`);
  });
});

test.each([[[]], [["--help"]], [["-h"]], [["help"]]])("mesh %j shows every command", async (args) => {
  const { code, out } = await mesh(...args);
  expect(code).toBe(0);
  for (const name of names) expect(out).toMatch(new RegExp(`^  ${name} +\\S`, "m"));
});

test("mesh --version says which", async () => {
  expect((await mesh("--version")).out).toMatch(/^\d+\.\d+\.\d+\n$/);
});

test.each([
  [["rn"], "mesh has no command rn", "Did you mean mesh run? See: mesh --help"],
  [["frobnicate"], "mesh has no command frobnicate", "See: mesh --help"],
  [["constructor"], "mesh has no command constructor", "See: mesh --help"],
  [["new"], "mesh new needs one of: domain, product", "See: mesh --help"],
  [
    ["new", "prodcut", "a/b"],
    "mesh new prodcut is no command; there is domain, product",
    "Did you mean mesh new product? See: mesh --help",
  ],
  [["run", "--ful"], "mesh run has no option --ful", "Did you mean --full? See: mesh run --help"],
  [["run", "-x"], "mesh run has no option -x", "See: mesh run --help"],
  [
    ["export", "a/b", "-o", "x"],
    "mesh export has no option -o",
    "Did you mean --output or --order? See: mesh export --help",
  ],
  [
    ["export", "a/b", "--output", "x.xlsx"],
    "no product is written as .xlsx: name the file .csv, .json, .ndjson, .parquet, .arrow, or say --format",
    "See: mesh export --help",
  ],
  [["run", "a", "b"], "mesh run does not take b", "See: mesh run --help"],
  [["run", "a/b/c"], "a/b/c is not of the form domain or domain/product", "See: mesh run --help"],
  [["run", "--full=yes"], "--full does not take a value", "See: mesh run --help"],
  [["rollback"], "mesh rollback needs <domain/product> [snapshot]", "See: mesh rollback --help"],
  [["rollback", "units"], "units is not of the form domain/product", "See: mesh rollback --help"],
  [["runs", "--limit"], "--limit needs a value: --limit <n>", "See: mesh runs --help"],
  [["runs", "--limit", "0"], "--limit takes a whole number from 1 to 10000, not 0", "See: mesh runs --help"],
  [
    ["runs", "--status", "bad"],
    "--status bad is none of queued, running, success, partial, failed, aborted, skipped",
    "See: mesh runs --help",
  ],
  [["sql", "--limit", "1.5"], "--limit takes a whole number from 1 to 1000000, not 1.5", "See: mesh sql --help"],
  [["query", "{ a }", "--variables", "{"], "--variables is not JSON", "See: mesh query --help"],
  [["query", "{ a }", "--variables", "[1]"], "--variables must be a JSON object", "See: mesh query --help"],
  [["query", "@missing.graphql"], "the file /nowhere/missing.graphql cannot be read", "See: mesh query --help"],
  [["serve", "workers"], "mesh serve workers is neither gateway nor domain", "See: mesh serve --help"],
  [["token"], "mesh token needs --as <name>", "See: mesh token --help"],
  [
    ["token", "--as", "me", "--hours", "1000"],
    "--hours takes a number above 0 and up to 720",
    "See: mesh token --help",
  ],
  [["token", "--as", "me", "--attr", "unit"], "--attr unit is not of the form name=value", "See: mesh token --help"],
])("mesh %j is a wrong command line", async (args, problem, hint) => {
  const plain = await mesh(...args);
  expect(plain).toEqual({ code: 2, out: "", err: `cli/usage: ${problem}\n  hint ${hint}\n` });
  if (args.at(-1)?.startsWith("--limit")) return;
  const forPrograms = await mesh(...args, "--json");
  expect(forPrograms).toMatchObject({ code: 2, err: "" });
  expect(JSON.parse(forPrograms.out)).toEqual({ ok: false, error: { code: "cli/usage", message: problem, hint } });
});

test("outside a repository every command says so", async () => {
  expect(await mesh("check")).toEqual({
    code: 1,
    out: "",
    err: "cli/no-config: There is no mesh.config.ts in /nowhere or above it\n  hint Run mesh inside the repository.\n",
  });
});

test.each(["access", "webhook", "council"])("mesh %s --help lists the commands that begin so", async (group) => {
  const { code, out } = await mesh(group, "--help");
  expect(code).toBe(0);
  expect(out).toContain(`mesh ${group} list`);
});
