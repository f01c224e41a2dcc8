import { customEngine } from "@thoth/contract/custom-check";
import type { ProductModel, QualityRuleModel, RelationshipModel } from "@thoth/contract/product-model";
import type { QualityResult } from "@thoth/control/quality-record";
import type { CheckResult } from "../audit-contract.ts";
import { describeTarget } from "../rule-target.ts";
import { type Anomaly, describeExpectation } from "./judge-profile.ts";
import { describeRelationship } from "./relationship-checks.ts";

/** Whose results they are. */
export interface Judged {
  readonly runId: string;
  readonly model: Pick<ProductModel, "domain" | "product" | "version" | "columns" | "rules">;
  /** Epoch ms. */
  readonly now: number;
}

export interface AuditFindings {
  readonly results: readonly CheckResult[];
  readonly anomalies?: readonly Anomaly[];
  /** Relationships that nobody can judge yet. */
  readonly open?: readonly RelationshipModel[];
}

/** Results as the history keeps them. */
export function recordAudit(judged: Judged, { results, anomalies = [], open = [] }: AuditFindings): QualityResult[] {
  const whose = {
    runId: judged.runId,
    domain: judged.model.domain,
    product: judged.model.product,
    contractVersion: judged.model.version,
    judgedAt: judged.now,
  };
  return [
    ...results.map((result) => ({ ...whose, ...recordCheck(result) })),
    ...open.map((relationship) => ({ ...whose, ...recordOpen(relationship, judged.model as ProductModel) })),
    ...judged.model.rules.flatMap((rule) => (rule.type === "text" ? [{ ...whose, ...recordText(rule) }] : [])),
    ...anomalies.map((anomaly) => ({ ...whose, ...recordAnomaly(anomaly) })),
  ];
}

type Recorded = Omit<QualityResult, "runId" | "domain" | "product" | "contractVersion" | "judgedAt">;

function recordCheck({ check, passed, measured, problem }: CheckResult): Recorded {
  const { id: checkId, dimension, severity, says } = check;
  return {
    checkId,
    kind: "promise",
    column: check.column ?? null,
    dimension,
    severity,
    status: passed ? "passed" : "failed",
    measured: problem ?? (measured === null ? null : String(measured)),
    expected: describeTarget(check.target),
    says,
  };
}

function recordOpen(relationship: RelationshipModel, model: ProductModel): Recorded {
  const { id, column, dimension, severity, says } = describeRelationship(relationship, model);
  const measured = `nothing of ${relationship.to.domain}/${relationship.to.product} is published yet`;
  return notRun({ checkId: id, column: column ?? null, dimension, severity, says, measured });
}

function recordText(rule: QualityRuleModel): Recorded {
  const { id, column, dimension = "conformity", severity, name } = rule;
  const measured = `for people to judge: it is no rule of sql, library or ${customEngine}`;
  return notRun({ checkId: `rule:${id}`, column: column ?? null, dimension, severity, says: name, measured });
}

function notRun(recorded: Omit<Recorded, "kind" | "status" | "expected">): Recorded {
  return { ...recorded, kind: "promise", status: "not-run", expected: null };
}

function recordAnomaly({ id, column, dimension, severity, measured, verdict, says }: Anomaly): Recorded {
  return {
    checkId: id,
    kind: "anomaly",
    column: column ?? null,
    dimension,
    severity,
    status: "failed",
    measured: String(measured),
    expected: describeExpectation(verdict),
    says,
  };
}
