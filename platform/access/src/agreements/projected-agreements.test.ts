import { expect, test } from "vitest";
import type { Agreement, AgreementStatus } from "../agreement.ts";
import { projectedAgreements } from "./projected-agreements.ts";

function agreement(id: string, status: AgreementStatus, { at = 0, by = "ada" } = {}): Agreement {
  return {
    ...{ id, consumer: by, product: "school/enrolments", major: 1, purpose: "research", role: "researcher" },
    ...{ columns: null, rows: {}, from: 0, until: 1, reassessAt: null, status, requestedBy: by, requestedAt: 0 },
    ...{ reason: "A study", approvals: [] },
    ...((status === "rejected" || status === "revoked") && { ended: { by, at, reason: "Done" } }),
  };
}

test("all that may still count is there, in its order, and of what has ended the newest 20 of each person", () => {
  const counting = Array.from({ length: 60 }, (_, index) =>
    agreement(`open ${index}`, index % 2 === 0 ? "granted" : "requested"),
  );
  const ended = Array.from({ length: 50 }, (_, index) =>
    agreement(`ended ${index}`, index % 2 === 0 ? "revoked" : "rejected", { at: (index * 7) % 50 }),
  );
  const other = agreement("of bea", "revoked", { at: -1, by: "bea" });
  const all = [...counting.slice(0, 30), ...ended, other, ...counting.slice(30)];
  const newest = ended.filter((one) => (one.ended?.at ?? 0) >= 30);
  expect(newest).toHaveLength(20);
  expect(projectedAgreements(all)).toEqual([...counting.slice(0, 30), ...newest, other, ...counting.slice(30)]);
});
