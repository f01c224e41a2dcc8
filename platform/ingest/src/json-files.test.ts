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

test("a file that holds one array lands its elements", async () => {
  await using landing = await openLanding();
  await landing.file("a.json", '[{"n": 1}, {"n": 2}]');
  await landing.land(jsonFiles({ name: "a", files: "a.json", columns: { n: "INTEGER" } }));
  expect(await landing.query("select n from raw.a order by n")).toEqual([{ n: 1 }, { n: 2 }]);
});
