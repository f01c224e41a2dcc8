import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import type { DataContract } from "@thoth/contract/generated/odcs";
import { type TempDir, tempDir } from "@thoth/testing/temp-dir";
import { InteropError } from "./interop-error.ts";

/** The one place that says which release is asked. */
export const datacontractVersion = "1.2.8";

export interface Task {
  /** Absolute paths. */
  readonly lint: readonly string[];
  readonly pairs: readonly { readonly name: string; readonly before: DataContract; readonly after: DataContract }[];
}

export interface Answer {
  readonly version: string;
  readonly lint: readonly { readonly file: string; readonly result: string; readonly problems: readonly string[] }[];
  readonly pairs: readonly { readonly name: string; readonly entries: readonly ForeignChange[] }[];
}

/** A difference as datacontract-cli sees it. */
export interface ForeignChange {
  /** `schema.course.properties.fee.required` */
  readonly path: string;
  readonly type: "added" | "removed" | "updated";
  /** How it counts for consumers. */
  readonly level: "info" | "warning" | "error";
  readonly message: string;
}

/** A Python environment of its own with datacontract-cli in it, gone when disposed. */
export interface DatacontractCli extends AsyncDisposable {
  ask(task: Task): Promise<Answer>;
}

/** @throws InteropError when there is no Python, or no package index that can be reached */
export async function installDatacontractCli(): Promise<DatacontractCli> {
  const folder = await tempDir("thoth-interop-");
  try {
    const python = await createEnvironment(folder);
    await installPackage(python);
    return {
      ask: async (task) => JSON.parse(await run([python, script], JSON.stringify(task))) as Answer,
      [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
    };
  } catch (failure) {
    await folder[Symbol.asyncDispose]();
    throw failure;
  }
}

const script = fileURLToPath(new URL("compare_contracts.py", import.meta.url));

async function createEnvironment(folder: TempDir): Promise<string> {
  const environment = join(folder.path, "venv");
  try {
    await run([process.env.PYTHON ?? "python3", "-m", "venv", environment]);
  } catch (cause) {
    throw new InteropError(
      `There is no Python that can make a virtual environment: ${(cause as Error).message}`,
      "Install Python 3.10 or newer with its venv module, or name it: PYTHON=/path/to/python npm run test:interop",
    );
  }
  return process.platform === "win32" ? join(environment, "Scripts", "python.exe") : join(environment, "bin", "python");
}

async function installPackage(python: string): Promise<void> {
  const wanted = `datacontract-cli==${datacontractVersion}`;
  const quiet = ["--quiet", "--disable-pip-version-check", "--no-input", "--retries", "1"];
  try {
    await run([python, "-m", "pip", "install", ...quiet, wanted]);
  } catch (cause) {
    throw new InteropError(
      `${wanted} cannot be installed: ${(cause as Error).message}`,
      "This check needs a Python package index (PyPI or a mirror that pip is configured for). Nothing else here does.",
    );
  }
}

/** @returns what it printed */
async function run([command = "", ...args]: readonly string[], input = ""): Promise<string> {
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "pipe"] });
  const output = Promise.all([text(child.stdout), text(child.stderr)]);
  const ended = once(child, "close");
  child.stdin.on("error", unread);
  child.stdin.end(input);
  const [code] = (await ended) as [number | null];
  const [out, err] = await output;
  if (code !== 0) throw new Error(err.trim().split("\n").slice(-3).join("\n") || `${command} ended with ${code}`);
  return out;
}

/** Who does not read its input ends with a code that says why. */
const unread = () => undefined;
