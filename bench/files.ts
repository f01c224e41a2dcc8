import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { tempDir } from "@thoth/testing/temp-dir";
import { connectEngine, openEngine } from "@thoth/warehouse/open-engine";
import { quoteLiteral } from "@thoth/warehouse/sql-text";
import { type Comparison, formatComparison, measurePair } from "./measure.ts";

const copies: readonly (readonly [format: string, options: string])[] = [
  ["csv", "format csv, header"],
  ["ndjson", "format json"],
  ["json", "format json, array true"],
  ["parquet", "format parquet, compression zstd"],
  ["arrow", "format parquet, compression uncompressed"],
];

/**
 * A whole product over HTTP in every format, beside the engine's own COPY of the same file to disk. There is no COPY to
 * Arrow: it is measured beside Parquet without compression.
 */
export async function benchFiles(args: readonly string[]): Promise<void> {
  const rows = Number(args.find((arg) => /^\d+$/.test(arg)) ?? 1_000_000);
  await using server = await startServer(rows);
  await using dir = await tempDir();
  const instance = await openEngine();
  const connection = await connectEngine(instance);
  await connection.run(`attach ${quoteLiteral(server.file)} as snap (read_only)`);
  const results: Comparison[] = [];
  for (const [format, options] of copies) {
    const to = quoteLiteral(join(dir.path, `copy.${format}`));
    const copy = () => connection.run(`copy (from snap.main.events order by id) to ${to} (${options})`);
    // A Parquet file that is there already is only sent: each time another one is asked for.
    let asked = 0;
    const ours = () => download(`${server.url}.${format}${format === "parquet" ? `?limit=${rows + ++asked}` : ""}`);
    const [mine, direct] = await measurePair(ours, copy, { runs: 5, warmUp: 1 });
    results.push({ name: `${rows.toLocaleString("en")} rows as ${format}`, ours: mine, direct, rows });
  }
  connection.closeSync();
  instance.closeSync();
  const { startBytes, peakBytes } = await server.memory();
  if (args.includes("--json")) console.log(JSON.stringify({ results, startBytes, peakBytes }, null, 2));
  else {
    for (const result of results) console.log(formatComparison(result));
    const [start, peak] = [startBytes, peakBytes].map((bytes) => Math.round(bytes / 1e6));
    console.log(`the server's memory: ${start} MB before the first file, ${peak} MB at most`);
  }
}

async function download(url: string): Promise<void> {
  const response = await fetch(url, { headers: { "accept-encoding": "identity" } });
  if (!response.ok || response.body === null) throw new Error(`${url}: ${await response.text()}`);
  for await (const _ of response.body);
}

interface BenchServer extends AsyncDisposable {
  /** Of the product, without the format. */
  readonly url: string;
  /** The snapshot that it serves. */
  readonly file: string;
  memory(): Promise<{ readonly startBytes: number; readonly peakBytes: number }>;
}

async function startServer(rows: number): Promise<BenchServer> {
  const main = fileURLToPath(import.meta.resolve("@thoth/gateway/files/fixtures/file-server-process"));
  const child = spawn(process.execPath, ["--conditions=thoth-source", main, String(rows)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => JSON.parse(String((await lines.next()).value)) as Record<string, never>;
  const peak = async () => {
    child.stdin.write("\n");
    return Number((await next()).peakBytes);
  };
  const { url, file } = await next();
  const startBytes = await peak();
  return {
    url: String(url),
    file: String(file),
    memory: async () => ({ startBytes, peakBytes: await peak() }),
    [Symbol.asyncDispose]: async () => {
      child.stdin.end();
      await once(child, "exit");
    },
  };
}
