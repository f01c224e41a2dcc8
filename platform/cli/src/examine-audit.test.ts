import { rm } from "node:fs/promises";
import { join } from "node:path";
import { writeAccessFiles } from "@thoth/access/access-files";
import type { Agreement } from "@thoth/access/agreement";
import { openAuditTrail } from "@thoth/access/audit/audit-trail";
import { tempDir } from "@thoth/testing/temp-dir";
import { expect, test } from "vitest";
import { examineAudit } from "./examine-audit.ts";

const now = Date.parse("2026-03-18T12:00:00Z");
const agreement: Agreement = {
  ...{ id: "ag_1", consumer: "ada", product: "school/enrolments", major: 1, purpose: "research" },
  ...{ role: "researcher", columns: null, rows: {}, from: now, until: now + 86_400_000, reassessAt: null },
  ...{ status: "requested", requestedBy: "ada", requestedAt: now, reason: "A study", approvals: [] },
};

async function examined(home: string, keepsAccess: boolean) {
  const { signal } = new AbortController();
  const symptoms = await Array.fromAsync(examineAudit(home, { keepsAccess, signal }));
  return symptoms.map(({ state, finding }) => `${state}: ${finding}`);
}

test("a trail that is gone with its key is missed where something is known that it was told of", async () => {
  await using home = await tempDir();
  const nothing = ["good: nothing is recorded yet"];
  expect(await examined(home.path, true)).toEqual(nothing);
  await writeAccessFiles(home.path, { agreements: [], keys: [] });
  expect(await examined(home.path, true)).toEqual(nothing);
  // The clock goes on between what is asked for and what is told of it.
  await record(home.path, now + 50);
  await writeAccessFiles(home.path, { agreements: [agreement], keys: [] });
  expect(await examined(home.path, true)).toEqual([expect.stringMatching(/^good: \d records? in 1 chain$/)]);
  for (const part of ["audit", "keys/audit.key"]) await rm(join(home.path, part), { recursive: true });
  const missed = [expect.stringMatching(/^bad: its beginning is gone/)];
  expect(await examined(home.path, true)).toEqual(missed);
  await record(home.path, now + 2 * 3_600_000);
  expect(await examined(home.path, true)).toEqual(missed);
  // What another machine keeps may be news to this one, which has served nobody yet.
  expect(await examined(home.path, false)).toEqual([expect.stringMatching(/^good: \d/)]);
});

async function record(home: string, at: number): Promise<void> {
  await using trail = openAuditTrail({ home, clock: () => at, log: { error: expect.fail } });
  const actor = { name: "ada", kind: "person", roles: [], authenticated: "account" };
  const subject = { subject: agreement.id, product: agreement.product, purpose: agreement.purpose };
  await trail.recorded({ event: "agreement-requested", at, actor, requestId: "r", ...subject });
}
