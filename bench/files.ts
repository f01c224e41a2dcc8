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
 * Arrow: it is measured beside Parquet without compression. Then small files, and what is held of long rows.
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
  const memory = await server.memory();
  const small = await smallFiles();
  const long = await longRows();
  if (args.includes("--json")) console.log(JSON.stringify({ results, ...memory, small, long }, null, 2));
  else {
    for (const result of results) console.log(formatComparison(result));
    console.log(`the server's memory: ${memoryText(memory)}`);
    for (const { format, medianMs } of small) console.log(`1,000 rows as ${format}: ${medianMs.toFixed(1)} ms`);
    console.log(`${longRowCount.toLocaleString("en")} rows of 100 kB as ndjson: ${memoryText(long)}`);
  }
}

function memoryText({ startBytes, peakBytes }: Memory): string {
  const [start, peak] = [startBytes, peakBytes].map((bytes) => Math.round(bytes / 1e6));
  return `${start} MB before the first file, ${peak} MB at most`;
}

/** Each again and again, as a page asks for it. */
async function smallFiles() {
  await using server = await startServer(1_000);
  const measured: { readonly format: string; readonly medianMs: number }[] = [];
  for (const [format] of copies) {
    const times: number[] = [];
    for (let run = 0; run < 41; run += 1) {
      const startedAt = performance.now();
      await download(`${server.url}.${format}`);
      times.push(performance.now() - startedAt);
    }
    measured.push({ format, medianMs: times.toSorted((a, b) => a - b)[20] ?? Number.NaN });
  }
  return measured;
}

const longRowCount = 5_000;

/** Half a gigabyte in a few rows. */
async function longRows(): Promise<Memory> {
  await using server = await startServer(longRowCount, 100_000);
  await download(`${server.url}.ndjson`);
  return server.memory();
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
  memory(): Promise<Memory>;
}

interface Memory {
  readonly startBytes: number;
  readonly peakBytes: number;
}

/** @param padding further characters of every row */
async function startServer(rows: number, padding = 0): Promise<BenchServer> {
  const main = fileURLToPath(import.meta.resolve("@thoth/gateway/files/fixtures/file-server-process"));
  const child = spawn(process.execPath, ["--conditions=thoth-source", main, String(rows), String(padding)], {
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
