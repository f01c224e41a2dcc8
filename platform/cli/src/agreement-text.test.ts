import type { Agreement } from "@thoth/access/agreement";
import { describeAgreement } from "@thoth/access/agreements/agreement-document";
import { expect, test } from "vitest";
import { agreementJson, agreementRow, agreementText } from "./agreement-text.ts";
import { formatTable } from "./text-table.ts";

const now = Date.parse("2026-03-18T12:00:00Z");
const agreement: Agreement = {
  ...{ id: "ag_1", consumer: "ada", product: "school/enrolments", major: 1, purpose: "research" },
  ...{ role: "researcher", columns: null, rows: { unit: ["A"] }, from: now, until: now + 86_400_000 },
  ...{ reassessAt: null, status: "requested", requestedBy: "ada", requestedAt: now, reason: "A study", approvals: [] },
};
const standing = { history: [], waitsFor: [["steward"]], now };

test("what somebody writes stands in no line of the record, and steers no terminal", () => {
  const reason = "A study \u202e.\nwaits for  nobody\nhistory\n  2026-03-18T11:00:00.000Z  granted by steward\u001b[2A";
  const told = [
    { at: now, actor: "ada", action: "requested", reason },
    { at: now, actor: "bea", action: "rejected", reason: "No\n  2026-03-18T11:00:00.000Z  granted by steward" },
  ];
  const rows = { unit: ["A", "B\ntime       until the end of time"] };
  const text = agreementText({ ...agreement, reason, rows }, { ...standing, history: told });
  expect(text).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]/u);
  const names = text.split("\n").map((line) => /^(?: {2})?\S+/.exec(line)?.[0]);
  const facts = ["agreement", "consumer", "product", "purpose", "role", "columns", "rows", "time", "looked", "reason"];
  const time = "  2026-03-18T12:00:00.000Z";
  const below = [undefined, undefined, undefined];
  expect(names).toEqual([...facts, ...below, "waits", "history", time, time, undefined, undefined]);
});

test("an agreement that names a moment beyond all calendars is shown like others", () => {
  const endless = { ...agreement, from: -1e300, until: 1e300, reassessAt: 9e15 };
  const last = "+275760-09-13T00:00:00.000Z";
  expect(agreementJson(endless, now)).toMatchObject({ from: "-271821-04-20T00:00:00.000Z", until: last });
  expect(agreementText(endless, standing)).toContain("+275760-09-13");
  expect(formatTable([agreementRow(endless, now)])).toContain("+275760-09-13");
  const document = describeAgreement(endless, { terms: undefined, purposeTitle: undefined });
  expect(document).toMatchObject({ endTimestamp: last, nextReassessmentTimestamp: last });
});
