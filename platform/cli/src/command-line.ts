import { readFileSync } from "node:fs";
import { nearest } from "@thoth/contract/spelling";
import type { MeshError } from "@thoth/kernel/mesh-error";
import { alignRows, renderHelp } from "./command-help.ts";
import { parseInput } from "./command-input.ts";
import { commands } from "./command-list.ts";
import type { Effects } from "./effects.ts";
import { cliError } from "./errors.ts";
import { reportFailure } from "./failure-report.ts";

/** @returns exit code: 0 ok, 1 a check, run or query failed, 2 wrong usage, 130 stopped by the user */
export async function runCommandLine(args: readonly string[], effects: Effects): Promise<number> {
  try {
    return await dispatch(args, effects);
  } catch (failure) {
    return reportFailure(failure, { json: args.includes("--json") }, effects);
  }
}

async function dispatch(args: readonly string[], effects: Effects): Promise<number> {
  const [first] = args;
  if (first === "help") return dispatch(args.length === 1 ? ["--help"] : [...args.slice(1), "--help"], effects);
  if (first === undefined || first === "--help" || first === "-h") return print(overview(), effects);
  if (first === "--version") return print(`${ownVersion()}\n`, effects);
  const group = groupAskedFor(args);
  if (group !== undefined) return print(group, effects);
  const name = commandName(args);
  const entry = name === undefined ? undefined : commands[name];
  if (name === undefined || entry === undefined) throw unknownCommand(args);
  const command = await entry.load();
  const input = parseInput(command, args.slice(name.split(" ").length));
  return input === undefined ? print(renderHelp(command), effects) : command.run(input, effects);
}

/** What `mesh access --help` says: the commands that begin so. */
function groupAskedFor([first = "", second, ...more]: readonly string[]): string | undefined {
  if ((second !== "--help" && second !== "-h") || more.length > 0 || Object.hasOwn(commands, first)) return undefined;
  const own = Object.entries(commands).filter(([name]) => name.startsWith(`${first} `));
  if (own.length === 0) return undefined;
  const rows = own.map(([name, { summary }]) => [`mesh ${name}`, summary] as const);
  return ["Commands:", ...alignRows(rows), "", "Each has --help with examples.", ""].join("\n");
}

function print(text: string, effects: Effects): number {
  effects.out(text);
  return 0;
}

/** `run`, or `new domain` when the second word makes it one of several. */
function commandName([first = "", second]: readonly string[]): string | undefined {
  return [`${first} ${second}`, first].find((name) => Object.hasOwn(commands, name));
}

function unknownCommand([first = "", second]: readonly string[]): MeshError {
  const names = Object.keys(commands);
  const group = names.filter((name) => name.startsWith(`${first} `)).map((name) => name.slice(first.length + 1));
  if (group.length === 0) {
    const meant = nearest(first, [...new Set(names.map((name) => name.split(" ")[0] ?? name))]);
    return usage(`mesh has no command ${first}`, meant);
  }
  if (second === undefined || second.startsWith("-")) return usage(`mesh ${first} needs one of: ${group.join(", ")}`);
  const meant = nearest(second, group);
  return usage(`mesh ${first} ${second} is no command; there is ${group.join(", ")}`, meant && `${first} ${meant}`);
}

function usage(problem: string, meant?: string): MeshError {
  return cliError.usage({ problem, command: "mesh", ...(meant === undefined ? {} : { meant: `mesh ${meant}` }) });
}

function overview(): string {
  const rows = Object.entries(commands).map(([name, { summary }]) => [name, summary] as const);
  return [
    "Thoth Mesh: every domain owns its data products, one door to all of them.",
    "",
    "Usage: mesh <command> [options]",
    "",
    "Commands:",
    ...alignRows(rows),
    "",
    "Every command has --help with examples, and --json for programs.",
    "It ends with 0 (ok), 1 (a check, run or query failed) or 2 (wrong usage).",
    "State lives in MESH_HOME (./var unless set). MESH_HOST, MESH_PORT and MESH_SQL_PORT move the gateway.",
    "In the repository it is called as npx mesh.",
    "",
    "Examples:",
    ...alignRows([
      ["mesh up", "run everything on sample data and serve http://127.0.0.1:4000"],
      ["mesh new domain library-loans", "start a domain of your own"],
      ["mesh run --help", "what one command takes"],
    ]),
    "",
  ].join("\n");
}

function ownVersion(): string {
  const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as { version: string };
  return manifest.version;
}
