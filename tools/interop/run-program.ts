import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";

export interface RunOptions {
  /** Where it runs; here when absent. */
  readonly folder?: string;
  /** Text on its stdin. */
  readonly input?: string;
}

/** @returns what it printed; throws the last that it said when it fails */
export async function runProgram(
  [command = "", ...args]: readonly string[],
  { folder, input = "" }: RunOptions = {},
): Promise<string> {
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "pipe"], ...(folder !== undefined && { cwd: folder }) });
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
