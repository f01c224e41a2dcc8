import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";

/**
 * Runs a tool of the repository on Node.
 * @param call the tool's file below `node_modules`, and its arguments
 */
export async function runTool(root: string, [file = "", ...args]: readonly string[]) {
  const tool = join(root, "node_modules", file);
  const child = spawn(process.execPath, [tool, ...args], {
    cwd: root,
    env: { ...process.env, NO_COLOR: "1" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = once(child, "exit");
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = await ended;
  return { code: (code ?? 1) as number, out, err };
}
