import { appendFile, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { inspect } from "node:util";
import { openLanding } from "@thoth/testing/landing";
import { tempDir } from "@thoth/testing/temp-dir";
import { expect, test } from "vitest";
import { type AirbyteOptions, type AirbyteStreamOptions, airbyteSource } from "./airbyte.ts";
import { newFieldValue, type SuiteRow, type SuiteSource, suiteConnector } from "./connector.suite.ts";
import type { Stream } from "./connector.ts";

const fixture = join(import.meta.dirname, "fixtures/airbyte-source.ts");

interface Trial extends AsyncDisposable {
  readonly dir: string;
  /** Appends rows, one JSON object each. */
  add(lines: readonly string[]): Promise<void>;
  stream(own?: Partial<AirbyteStreamOptions>, more?: Partial<AirbyteOptions>): Stream;
  journal(): Promise<{ pid: number; configFile: string }[]>;
}

async function openTrial(behaviour = "good"): Promise<Trial> {
  const dir = await tempDir();
  const path = (name: string) => join(dir.path, name);
  const config = {
    rows: path("rows"),
    progress: path("progress"),
    journal: path("journal"),
    behaviour,
    password: "pass-word-1234",
  };
  await writeFile(config.rows, "");
  return {
    dir: dir.path,
    add: (lines) => appendFile(config.rows, lines.map((line) => `${line}\n`).join("")),
    stream: (own = {}, more = {}) =>
      airbyteSource({
        command: process.execPath,
        args: [fixture],
        config: () => JSON.stringify(config),
        batchRows: 100,
        streams: { things: { columns: { id: "BIGINT" }, mode: "append", ...own } },
        ...more,
      }).streams[0] as Stream,
    journal: async () =>
      (await readFile(config.journal, "utf8"))
        .split("\n")
        .filter(Boolean)
        .map((line) => JSON.parse(line)),
    [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose](),
  };
}

/** JSON with numbers that JavaScript itself cannot write. */
function rowJson(row: SuiteRow, more: object): string {
  const { amount, big, ...rest } = row;
  return `${JSON.stringify({ ...rest, ...more }).slice(0, -1)},"amount":${amount},"big":${big}}`;
}

async function openThings(mode: "append" | "replace"): Promise<SuiteSource> {
  const trial = await openTrial();
  let more = {};
  return {
    add: (rows) => trial.add(rows.map((row) => rowJson(row, more))),
    async addField() {
      more = { api_token: newFieldValue };
    },
    stream: (columns, own) => trial.stream({ ...own, columns, mode }, { batchRows: 1000 }),
    ...(mode === "append" ? { handedOut: async () => (await stat(join(trial.dir, "progress"))).size } : {}),
    [Symbol.asyncDispose]: () => trial[Symbol.asyncDispose](),
  };
}

suiteConnector("airbyte, incremental", () => openThings("append"), { manyRows: 8000 });
suiteConnector("airbyte, full refresh", () => openThings("replace"), { wholeOnly: true });

const rows = (count: number) => Array.from({ length: count }, (_, index) => `{"id":${index + 1}}`);

test.each<[string, string, RegExp, number]>([
  ["crash", "source-incomplete", /exited with 3/, 100],
  ["transient", "source-unreachable", /the other side is busy/, 100],
  ["incomplete", "source-incomplete", /COMPLETE/, 200],
  ["miscount", "source-count", /sent 51 records before a state, and 50 came/, 100],
  [
    "kit crashes",
    "source-incomplete",
    // What it says on one of its outputs may come before or behind what it says on the other.
    /exited with 3; it said last: (?=.*page 7 is gone).*503 for https:\/\/x\/\?p=\*\*\* \| .*at last$/,
    100,
  ],
  ["kit fails", "source-failed", /no page 7 with \*\*\*$/, 121],
  ["no state", "source-incomplete", /no state/, 0],
  ["refused", "source-refused", /no access with \*\*\*/, 0],
  ["wrong password", "source-refused", /no access with \*\*\*/, 0],
  ["full only", "unfit-cursor", /incrementally/, 0],
])(
  "%s: what came before the last state stays, and the next run goes on from there",
  async (behaviour, code, text, durable) => {
    await using trial = await openTrial(behaviour);
    await using landing = await openLanding();
    await trial.add(rows(200));
    const failure = await landing
      .land(trial.stream({}, { silenceMs: 600_000, batchRows: 1000, retries: 0 }))
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: `ingest/${code}`, message: expect.stringMatching(text) });
    expect(inspect(failure, { depth: 20 })).not.toContain("pass-word-1234");
    expect(await landing.query("select count(*) as n from raw.things")).toEqual([{ n: BigInt(durable) }]);
    await using healed = await openTrial();
    await healed.add(rows(200));
    await landing.land(healed.stream());
    expect(await landing.query("select count(*) as n, count(distinct id) as d from raw.things")).toEqual([
      { n: 200n, d: 200n },
    ]);
  },
);

test("a source that falls silent is given up, and what came before its last state stays", async () => {
  await using trial = await openTrial("hang");
  await using landing = await openLanding();
  await trial.add(rows(200));
  const landed = async () => Number((await landing.query("select count(*) as n from raw.things"))[0]?.n);
  let silenceMs = 500;
  // How long a process is silent before it begins is up to the machine.
  do {
    silenceMs *= 2;
    const given = landing.land(trial.stream({}, { silenceMs, batchRows: 1000, retries: 0 }));
    const message = expect.stringContaining(`longer than ${silenceMs} ms`);
    await expect(given).rejects.toMatchObject({ code: "ingest/source-timeout", message });
  } while ((await landed()) < 100);
  expect(await landed()).toBe(100);
  await using healed = await openTrial();
  await healed.add(rows(200));
  await landing.land(healed.stream());
  expect(await landing.query("select count(*) as n, count(distinct id) as d from raw.things")).toEqual([
    { n: 200n, d: 200n },
  ]);
});

test("a record with bytes that are no UTF-8 ends the load, or is held back", async () => {
  await using trial = await openTrial("bytes as they are");
  await using landing = await openLanding();
  const lines = ['{"id":1,"name":"\uFFFD ë"}', '{"id":2,"name":"Zo\xeb"}'];
  await writeFile(
    join(trial.dir, "rows"),
    Buffer.concat([Buffer.from(`${lines[0]}\n`), Buffer.from(`${lines[1]}\n`, "latin1")]),
  );
  const own = { columns: { id: "BIGINT", name: "VARCHAR" } };
  await expect(landing.land(trial.stream(own))).rejects.toMatchObject({
    code: "ingest/wrong-type",
    message: expect.stringMatching(/UTF-8/),
  });
  const landed = await landing.land(trial.stream({ ...own, maxRejectedShare: 0.5 }));
  expect(landed).toMatchObject({ rowsRead: 2, rowsInserted: 1, rowsRejected: 1 });
  expect(await landing.query("select name from raw.things")).toEqual([{ name: "\uFFFD ë" }]);
  expect(await landing.query("select rules from mesh.rejected_rows")).toEqual([{ rules: ["encoding"] }]);
});

test("what the source calls transient is tried again from the last state, and nothing else is", async () => {
  await using trial = await openTrial("transient at first");
  await using landing = await openLanding();
  await trial.add(rows(200));
  expect(await landing.land(trial.stream({}, { retryDelayMs: 1 }))).toMatchObject({ rowsRead: 200 });
  expect(await landing.query("select count(distinct id) as d from raw.things")).toEqual([{ d: 200n }]);
  for (const [behaviour, reads] of [
    ["transient", 3],
    ["crash", 1],
  ] as const) {
    await using again = await openTrial(behaviour);
    await again.add(rows(200));
    await using other = await openLanding();
    await expect(other.land(again.stream({}, { retryDelayMs: 1, retries: 2 }))).rejects.toThrow();
    // Beside the reads: check and discover.
    expect(await again.journal()).toHaveLength(reads + 2);
  }
});

test.each(["global", "legacy"])("a state of the form %s goes back as it came", async (behaviour) => {
  await using trial = await openTrial(behaviour);
  await using landing = await openLanding();
  await trial.add(rows(120));
  expect(await landing.land(trial.stream())).toMatchObject({ rowsRead: 120 });
  await trial.add(['{"id":121}']);
  expect(await landing.land(trial.stream())).toMatchObject({ rowsRead: 1, rowCountAfter: 121 });
});

test.each<[string, string, RegExp]>([
  ["a value of the wrong type", '{"rows":7,"password":"pass-word-1234"}', /rows must be string/],
  ["what is required is missing", '{"password":"pass-word-1234"}', /required property 'rows'/],
  ["no JSON", "pass-word-1234", /not JSON/],
])("a configuration that does not fit is refused before anything connects: %s", async (_what, config, message) => {
  await using trial = await openTrial();
  await using landing = await openLanding();
  const refused = await landing.land(trial.stream({}, { config: () => config })).catch((error: unknown) => error);
  expect(refused).toMatchObject({ code: "ingest/invalid-config", message: expect.stringMatching(message) });
  expect(inspect(refused, { depth: 20 })).not.toContain("pass-word-1234");
});

test("a full refresh that fails leaves what was there", async () => {
  await using good = await openTrial();
  await good.add(rows(3));
  await using bad = await openTrial("crash");
  await bad.add(rows(200));
  await using landing = await openLanding();
  await landing.land(good.stream({ mode: "replace" }));
  await expect(landing.land(bad.stream({ mode: "replace" }))).rejects.toMatchObject({
    code: "ingest/source-incomplete",
  });
  expect(await landing.query("select count(*) as n from raw.things")).toEqual([{ n: 3n }]);
});

test("what a source said before it failed is told to the run, without its secrets and without rows", async () => {
  await using trial = await openTrial("kit crashes");
  await using landing = await openLanding();
  await trial.add(rows(200));
  const told: string[] = [];
  const log = async (level: string, line: string) => void told.push(`${level} ${line}`);
  const stream = trial.stream();
  const telling: Stream = { ...stream, read: (context) => stream.read({ ...context, log }) };
  await expect(landing.land(telling)).rejects.toThrow(/exited with 3/);
  expect(told.toSorted()).toEqual(
    ["warning Error: 503 for https://x/?p=***", 'warning page 7 is gone, {"p":"***"}', "warning at last"].toSorted(),
  );
});

test("a source that tells nothing of its streams has sent all when it exits with 0, and its sign of life is no row", async () => {
  for (const mode of ["append", "replace"] as const) {
    await using trial = await openTrial("kit");
    await using landing = await openLanding();
    await trial.add(rows(120));
    const stream = trial.stream({ mode });
    expect(await landing.land(stream)).toMatchObject({ rowsRead: 120, rowCountAfter: 120 });
    await trial.add(['{"id":121}']);
    expect(await landing.land(stream)).toMatchObject({ rowCountAfter: 121 });
  }
});

test.each(["garbage", "stranger"])(
  "%s on its output does no harm, and goes to the log cut short",
  async (behaviour) => {
    await using trial = await openTrial(behaviour);
    await trial.add(rows(200));
    await using landing = await openLanding();
    const log: string[] = [];
    expect(await landing.land(trial.stream({}, { onLog: (line) => log.push(line) }))).toMatchObject({ rowsRead: 200 });
    expect(log.map((line) => line.length)).toEqual(behaviour === "garbage" ? [1000, 9, 4, 3] : []);
  },
);

test("the configuration is in a file while it runs, and nowhere afterwards; an abort ends the process", async () => {
  await using trial = await openTrial("hang");
  await trial.add(rows(200));
  await using landing = await openLanding();
  const stop = new AbortController();
  const stream = trial.stream({}, { batchRows: 50 });
  const stopping: Stream = {
    ...stream,
    async *read(context) {
      for await (const batch of stream.read(context)) {
        yield batch;
        setImmediate(() => stop.abort());
      }
    },
  };
  await expect(landing.land(stopping, { signal: stop.signal })).rejects.toMatchObject({ name: "AbortError" });
  const runs = await trial.journal();
  expect(runs).toHaveLength(3);
  for (const { pid, configFile } of runs) {
    expect(() => process.kill(pid, 0)).toThrow("ESRCH");
    await expect(readFile(configFile)).rejects.toMatchObject({ code: "ENOENT" });
  }
  expect(await readdir(`${landing.engine.file}.staged`)).toEqual([]);
});

test("a command that is not there, a stream that is not there", async () => {
  await using trial = await openTrial();
  await using landing = await openLanding();
  const absent = trial.stream({}, { command: "./not-there" });
  await expect(landing.land(absent)).rejects.toMatchObject({
    code: "ingest/source-command",
    message: expect.stringMatching(/ENOENT/),
  });
  const other = trial.stream({ stream: "other" });
  await expect(landing.land(other)).rejects.toMatchObject({ code: "ingest/missing-table" });
});
