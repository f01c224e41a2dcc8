import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const main = fileURLToPath(new URL("fixtures/file-server-process.ts", import.meta.url));

test("a long file takes no more memory than a short one", async () => {
  const child = spawn(process.execPath, ["--conditions=thoth-source", main, "600000", "200", "kept"], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => JSON.parse(String((await lines.next()).value)) as { url: string; peakBytes: number };
  const { url } = await next();
  const read = async (path: string) => {
    const response = await fetch(`${url}${path}`, { headers: { "accept-encoding": "identity" } });
    let bytes = 0;
    for await (const piece of response.body ?? []) bytes += piece.length;
    child.stdin.write("\n");
    return { bytes, peakBytes: (await next()).peakBytes };
  };
  const short = await read(".ndjson?select=name&limit=100000");
  const long = await read(".ndjson?select=name");
  child.stdin.end();
  await once(child, "exit");
  expect(long.bytes - short.bytes).toBeGreaterThan(100e6);
  expect(long.peakBytes - short.peakBytes).toBeLessThan((long.bytes - short.bytes) / 2);
});
