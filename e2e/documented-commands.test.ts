import { glob, readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseInput } from "@thoth/cli/command-input";
import { commands } from "@thoth/cli/command-list";
import { beforeAll, expect, test } from "vitest";
import { repository } from "./mesh-process.ts";

/** Commands that people are told to type are commands that exist, with options that exist. */
interface Documented {
  readonly file: string;
  readonly line: string;
}

const guides = [
  "README.md",
  "docs/*.md",
  "domains/*/README.md",
  "templates/**/README.md",
  "{bench,contracts}/README.md",
];
let documented: readonly Documented[];

beforeAll(async () => {
  const files = await Array.fromAsync(glob(guides, { cwd: repository }));
  const lines = await Promise.all(
    files.map(async (file) => commandLines(file, await readFile(join(repository, file), "utf8"))),
  );
  documented = lines.flat();
});

function commandLines(file: string, text: string): Documented[] {
  const blocks = [...text.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block = ""]) => block);
  const whole = blocks.map((block) => block.replaceAll(/\\\n\s*/g, ""));
  return whole.flatMap((block) => block.split("\n").map((line) => ({ file, line })));
}

/** As a shell would, for the plain quoting that guides use. */
function splitWords(text: string): string[] {
  const words = text.matchAll(/'([^']*)'|"((?:[^"\\]|\\.)*)"|(#.*)|([^\s'"]+)/g);
  return [...words]
    .filter(([, , , comment]) => comment === undefined)
    .map(([, single, double, , plain]) => single ?? double ?? plain ?? "");
}

async function misfit(line: string): Promise<string | undefined> {
  const words = splitWords(/\bnpx mesh (.*)$/.exec(line)?.[1] ?? "");
  const name = [words.slice(0, 2).join(" "), words[0] ?? ""].find((candidate) => Object.hasOwn(commands, candidate));
  if (name === undefined) return `there is no mesh ${words[0]}`;
  try {
    const command = await commands[name]?.load();
    if (command !== undefined) parseInput(command, words.slice(name.split(" ").length));
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

test("the guides tell of commands", () => {
  expect(documented.filter(({ line }) => line.includes("npx mesh")).length).toBeGreaterThan(10);
});

test("every npx mesh in a guide is a command line that mesh takes", async () => {
  const lines = documented.filter(({ line }) => /(^|\s)npx mesh /.test(line));
  const problems = await Promise.all(lines.map(async (entry) => ({ ...entry, problem: await misfit(entry.line) })));
  expect(problems.filter(({ problem }) => problem !== undefined)).toEqual([]);
});

test("every npm run in a guide is a script of the repository", async () => {
  const { scripts } = JSON.parse(await readFile(join(repository, "package.json"), "utf8"));
  const named = documented.flatMap(({ file, line }) => {
    const script = /\bnpm (?:run )?([a-z][\w:-]*)/.exec(line)?.[1];
    return script === undefined || script === "install" ? [] : [{ file, script }];
  });
  expect(named.filter(({ script }) => !Object.hasOwn(scripts, script))).toEqual([]);
});

test("the README names every command", async () => {
  const lines = (await readFile(join(repository, "README.md"), "utf8")).split("\n");
  const isNamed = (command: string) => {
    const [first, second] = command.split(" ");
    return lines.some((line) => line.includes(`mesh ${first}`) && (second === undefined || line.includes(second)));
  };
  expect(Object.keys(commands).filter((command) => !isNamed(command))).toEqual([]);
});
