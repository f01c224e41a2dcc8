import { openLanding } from "@thoth/testing/landing";
import { expect, test } from "vitest";
import { cloudEventFiles } from "./cloud-events.ts";
import { jsonFiles, ndjsonFiles } from "./json-files.ts";

test("cloud events land one a line, twice delivered is twice landed, and unknown attributes are left unread", async () => {
  const events = cloudEventFiles({ name: "events", files: "events/**/*.ndjson" });
  const event = (id: string, extra: object) =>
    JSON.stringify({
      specversion: "1.0",
      id,
      source: "/splashkit/cpp",
      type: "t",
      time: "2026-01-02T03:04:05.678Z",
      data: { n: 1 },
      ...extra,
    });
  await using landing = await openLanding();
  await landing.file(
    "events/2026/a.ndjson",
    `${event("1", { subject: "s", sequence: "0001" })}\n${event("1", {})}\n${event("2", { secret: "x" })}\n`,
  );
  const result = await landing.land(events);
  expect(result).toMatchObject({ rowsRead: 3, watermark: Date.parse("2026-01-02T03:04:05.678Z") });
  expect(
    await landing.query("select id, subject, sequence, data ->> '$.n' as n from raw.events order by id, sequence"),
  ).toEqual([
    { id: "1", subject: "s", sequence: "0001", n: "1" },
    { id: "1", subject: null, sequence: null, n: "1" },
    { id: "2", subject: null, sequence: null, n: "1" },
  ]);
});

const numbers = ndjsonFiles({
  name: "numbers",
  files: "n.ndjson",
  columns: { n: "BIGINT", big: "HUGEINT", ok: "BOOLEAN" },
});

test("numbers keep every digit", async () => {
  await using landing = await openLanding();
  await landing.file(
    "n.ndjson",
    '{"n":9007199254740993,"big":170141183460469231731687303715884105727,"ok":true}\n{"n":null}\n',
  );
  await landing.land(numbers);
  expect(await landing.query("select n, big, ok from raw.numbers order by n nulls last")).toEqual([
    { n: 9007199254740993n, big: 170141183460469231731687303715884105727n, ok: true },
    { n: null, big: null, ok: null },
  ]);
});

test.each([
  ['{"n":1}\n{"n":\n', "ingest/malformed-file"],
  ['{"n":1}\n{"n":"many"}\n', "ingest/wrong-type"],
])("%j ends in %s with the file and the line", async (content, code) => {
  await using landing = await openLanding();
  await landing.file("n.ndjson", content);
  const failure = await landing.land(numbers).catch((error: unknown) => error);
  expect(failure).toMatchObject({ code, at: { file: expect.stringContaining("n.ndjson"), line: expect.any(Number) } });
  expect(await landing.query("select count(*) as n from raw.numbers")).toEqual([{ n: 0n }]);
});

test.each([
  ['{"n":1}\n{"n":2,"n":"hush"}\n', "the key n stands twice in an object"],
  ['{"n":1}\n[1,"hush"]\n', "this is no object but a list"],
  ['{"n":1}\n"hush"\n', "this is no object but a text"],
  ['{"n":1}\n7\n', "this is no object but a number"],
  ['{"n":1}\ntrue\n', "this is no object but true or false"],
])("%j says what is wrong with the line, in a stream of one column and of several", async (content, detail) => {
  await using landing = await openLanding();
  await landing.file("n.ndjson", content);
  for (const columns of [{ n: "BIGINT" }, { n: "BIGINT", m: "VARCHAR" }] as const)
    for (const maxRejectedShare of [undefined, 0.9]) {
      const stream = ndjsonFiles({
        name: "numbers",
        files: "n.ndjson",
        columns,
        ...(maxRejectedShare !== undefined && { maxRejectedShare }),
      });
      const failure = await landing.land(stream).catch((error: unknown) => error);
      const at = { file: expect.stringContaining("n.ndjson"), line: 2 };
      expect(failure).toMatchObject({ code: "ingest/malformed-file", message: expect.stringContaining(detail), at });
      expect(String(failure)).not.toContain("hush");
    }
  expect(await landing.query("select 1 from raw.numbers")).toEqual([]);
});

const long = {
  d: "DECIMAL(38,18)",
  n: "BIGINT",
  when: "DATE",
  ok: "BOOLEAN",
  text: "VARCHAR",
  doc: "JSON",
  list: "INTEGER[]",
} as const;
const longRows = [
  String.raw`{ "d" : 123456789012345678.910000000000000001 ,"n":1,"when":"2026-01-02","ok":true,"text":"a,\"d\": 12345678901234567890.5","doc":{"d":1.5,"a":[null]},"list":[1,2]}`,
  '{"n":9007199254740993.0,"d":-0.000000000000000001}',
  '{"d":"1.50","n":null,"text":"","when":null,"doc":null,"list":null}',
];

test.each([
  ["ndjson", undefined],
  ["ndjson", 0.2],
  ["json", undefined],
  ["json", 0.2],
] as const)(
  "numbers of more digits than a binary one holds keep them all (%s, share %s)",
  async (ending, maxRejectedShare) => {
    await using landing = await openLanding();
    await landing.file(`l.${ending}`, ending === "json" ? `[${longRows.join(",\n")}]` : `${longRows.join("\n")}\n`);
    const options = {
      name: "long",
      files: `l.${ending}`,
      columns: long,
      ...(maxRejectedShare && { maxRejectedShare }),
    };
    const landed = await landing.land(ending === "json" ? jsonFiles(options) : ndjsonFiles(options));
    expect(landed).toMatchObject({ rowsInserted: 3, rowsRejected: 0 });
    const nothing = { when: null, ok: null, doc: null, list: null };
    expect(
      await landing.query(
        `select d::varchar as d, n, "when"::varchar as "when", ok, text, doc, list from raw.long order by rowid`,
      ),
    ).toEqual([
      {
        d: "123456789012345678.910000000000000001",
        n: 1n,
        when: "2026-01-02",
        ok: true,
        text: 'a,"d": 12345678901234567890.5',
        doc: { d: 1.5, a: [null] },
        list: [1, 2],
      },
      { ...nothing, d: "-0.000000000000000001", n: 9007199254740993n, text: null },
      { ...nothing, d: "1.500000000000000000", n: null, text: "" },
    ]);
  },
);

test.each([
  ['{"d":1.0000000000000000001}\n', "ingest/wrong-type"],
  ['{"d":1.000000000000000001}\n{"d":1,"d":2}\n', "ingest/malformed-file"],
  ['{"d":1.000000000000000001}\n{"when":"soon"}\n', "ingest/wrong-type"],
])("what does not fit beside them is refused: %j", async (content, code) => {
  await using landing = await openLanding();
  await landing.file("l.ndjson", content);
  const landed = landing.land(ndjsonFiles({ name: "long", files: "l.ndjson", columns: long }));
  await expect(landed).rejects.toMatchObject({ code, at: { file: expect.stringContaining("l.ndjson") } });
});

test("a file that holds one array lands its elements", async () => {
  await using landing = await openLanding();
  await landing.file("a.json", '[{"n": 1}, {"n": 2}]');
  await landing.land(jsonFiles({ name: "a", files: "a.json", columns: { n: "INTEGER" } }));
  expect(await landing.query("select n from raw.a order by n")).toEqual([{ n: 1 }, { n: 2 }]);
});

test("a file that holds no array is named", async () => {
  await using landing = await openLanding();
  await landing.file("a.json", '{"n": 1}');
  const landed = landing.land(jsonFiles({ name: "a", files: "a.json", columns: { n: "INTEGER" } }));
  const at = { file: expect.stringContaining("a.json"), line: 1 };
  await expect(landed).rejects.toMatchObject({ code: "ingest/malformed-file", at });
});
