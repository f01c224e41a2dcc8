import type { AuditFinding } from "@thoth/access/audit/chain-check";
import { isBeginningLost } from "@thoth/access/audit/lost-beginning";
import { verifyAuditTrail } from "@thoth/access/audit/verify-audit-trail";
import { countOf } from "./count-text.ts";
import { examine, type Symptom } from "./symptom.ts";

/** Findings that are shown one by one; of more, how many there are. */
const mostShown = 20;

export interface AuditExamination {
  /** Whether agreements and keys are kept in this home: then its trail was told of each of them. */
  readonly keepsAccess: boolean;
  readonly signal: AbortSignal;
}

/** Whether the audit trail is as it was written: reads all of it. */
export async function* examineAudit(
  home: string,
  { keepsAccess, signal }: AuditExamination,
): AsyncGenerator<Symptom, void, void> {
  let findings: readonly AuditFinding[] = [];
  yield await examine("audit trail", async () => {
    const verdict = await verifyAuditTrail(home, { signal });
    findings = verdict.findings;
    const size = `${countOf(verdict.records, "record")} in ${countOf(verdict.chains, "chain")}`;
    const faults = findings.filter(({ fault }) => fault !== "torn").length;
    if (faults === 0 && keepsAccess && (await isBeginningLost(home))) return { state: "bad", finding: lost, advice };
    if (faults === 0) return { state: "good", finding: verdict.chains === 0 ? "nothing is recorded yet" : size };
    const finding = `it is not as it was written: ${countOf(faults, "fault")} in ${size}`;
    return { state: "bad", finding, advice };
  });
  for (const finding of findings.slice(0, mostShown)) yield symptomOf(finding);
  const more = findings.length - mostShown;
  if (more > 0) yield { what: "audit trail", state: "bad", finding: `${countOf(more, "more finding")} of this kind` };
}

const advice = "Compare with a backup of audit/, and find out who could write there.";

const lost = "its beginning is gone, with its key: agreements or keys are older than all that is there";

function symptomOf({ fault, file, line, message }: AuditFinding): Symptom {
  const place = line === undefined ? file : `${file}:${line}`;
  const what = `audit ${place}`;
  if (fault === "torn") return { what, state: "note", finding: message };
  return { what, state: "bad", finding: `${fault}: ${message}` };
}
