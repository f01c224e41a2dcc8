import type { ReadEntry } from "@thoth/access/audit/audit-entry";
import type { AuditTrail } from "@thoth/access/audit/audit-trail";
import type { ReadCount } from "@thoth/contract/impact/read-count";
import { expect, test } from "vitest";
import { trailOfPorts } from "./counted-trail.ts";
import { UsageTally } from "./usage-tally.ts";

const hour = Date.UTC(2026, 2, 18, 12);
const entry: ReadEntry = {
  event: "read",
  at: hour + 5,
  actor: { name: "marking-bot", kind: "service", roles: [], authenticated: "service-key", domain: "library" },
  requestId: "r1",
  port: "files",
  product: "campus/courses",
  version: "1.0.0",
  columns: ["code"],
  purpose: "teaching",
  agreement: null,
  fingerprint: "f",
  rows: 4,
  snapshot: null,
  outcome: "allowed",
  code: null,
};

function counting(trail?: AuditTrail) {
  const tally = new UsageTally();
  return { tally, trail: trailOfPorts(trail, { recordRead: (read) => tally.addUse(read) }) };
}

test("a read counts once, at its end, under the name that was verified", async () => {
  const { tally, trail } = counting();
  await trail?.recorded({ ...entry, outcome: "begun", rows: null });
  trail?.record(entry);
  await trail?.recorded({ ...entry, purpose: null });
  await trail?.recorded({ ...entry, outcome: "refused", code: "access/product-denied" });
  const counted: Omit<ReadCount, "purpose"> = {
    hour,
    product: "campus/courses",
    version: "1.0.0",
    columns: ["code"],
    consumer: "marking-bot",
    kind: "service",
    domain: "library",
    port: "files",
    reads: 1,
  };
  expect(tally.take()).toEqual([
    { ...counted, purpose: "teaching" },
    { ...counted, purpose: undefined },
  ]);
});

test("a read that cannot be written down is not counted, since it is not answered", async () => {
  const full = new Error("no space");
  const trail: AuditTrail = { ...({} as AuditTrail), record: () => undefined, recorded: () => Promise.reject(full) };
  const counted = counting(trail);
  await expect(counted.trail?.recorded(entry)).rejects.toBe(full);
  expect(counted.tally.take()).toEqual([]);
});
