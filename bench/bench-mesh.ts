import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** A mesh of its own, served by another process, as a client meets it. */
export interface BenchMesh extends AsyncDisposable {
  readonly url: string;
  readonly home: string;
}

/** One client asks for all that there is. */
const unlimited = { MESH_RATE_REQUESTS: "0", MESH_RATE_VALUES: "0" };

/** Starts `mesh up` on a home that is kept between runs, so that only the first run pays for the pipelines. */
export async function startBenchMesh(root: string): Promise<BenchMesh> {
  const home = join(root, "var", "bench");
  const env = { ...process.env, MESH_HOME: home, MESH_PORT: "0", ...unlimited };
  const args = ["--conditions=thoth-source", join(root, "platform/cli/src/main.ts"), "up", "--json"];
  const child = spawn(process.execPath, args, { cwd: root, env, stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(child, "exit");
  const lines = createInterface({ input: child.stdout });
  const first = await Promise.race([once(lines, "line"), ended]);
  const url = typeof first[0] === "string" ? (JSON.parse(first[0]) as { url: string }).url : undefined;
  if (url === undefined) throw new Error(`mesh up ended with ${child.exitCode} before it served`);
  return {
    url,
    home,
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await ended;
    },
  };
}
