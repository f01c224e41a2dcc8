import { appendFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openLanding } from "@thoth/testing/landing";
import { expect, test } from "vitest";
import { auditTrail } from "./audit-trail.ts";
import type { Stream } from "./connector.ts";

const [records] = auditTrail("mesh-audit").streams as [Stream];

const line = (sequence: number, more: object = {}) =>
  `${JSON.stringify({ writer: "w", sequence, at: "2026-03-18T09:00:00.000Z", event: "read", columns: ["code"], ...more, previous: "0", mac: "1" })}\n`;

/** The stream with the trail's folder as the sources' folder of a test. */
function recordsIn(folder: string): Stream {
  return { ...records, read: (context) => records.read({ ...context, auditDir: folder }) };
}

test("a segment that grows lands what is new, and the line that is being written once it is whole", async () => {
  await using landing = await openLanding();
  const folder = join(landing.sourcesDir, "audit");
  const stream = recordsIn(folder);
  expect(await landing.land(stream)).toMatchObject({ rowsRead: 0 });
  await mkdir(folder, { recursive: true });
  const segment = join(folder, "20260318T090000000Z-1f9c2b7a4d10.0001.ndjson");
  await writeFile(segment, `${line(1)}${line(2, { rows: 7, roles: ["a"] })}${line(3).slice(0, 40)}`);
  await landing.land(stream);
  const sequences = () => landing.query("select sequence, rows, columns_read from raw.audit_records order by sequence");
  expect(await sequences()).toEqual([
    { sequence: 1n, rows: null, columns_read: ["code"] },
    { sequence: 2n, rows: 7n, columns_read: ["code"] },
  ]);
  await appendFile(segment, line(3).slice(40));
  await landing.land(stream);
  expect((await sequences()).map(({ sequence }) => sequence)).toEqual([1n, 2n, 3n]);
  expect(await landing.land(stream)).toMatchObject({ rowsRead: 0 });
});
