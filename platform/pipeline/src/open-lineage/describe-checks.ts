import type { CheckResult } from "../audit-contract.ts";
import type { Audited } from "../mesh.ts";
import { describeTarget } from "../rule-target.ts";
import { type Facet, facet } from "./run-event.ts";

/** What was measured of one set of rows. */
export function assertionsFacet({ results }: Audited): Facet {
  return facet("dataQualityAssertions", { assertions: results.map(assertionOf) });
}

/** The same, as what a run has tested. */
export function testFacet({ results }: Audited): Facet {
  return facet("test", { tests: results.map(testOf) });
}

function assertionOf(result: CheckResult) {
  const { check, passed } = result;
  const { name, severity, expected, actual } = testOf(result);
  const column = check.column === undefined ? {} : { column: check.column };
  return { assertion: check.says, success: passed, severity, name, expected, actual, ...column };
}

function testOf({ check, passed, measured, problem }: CheckResult) {
  return {
    name: check.id,
    status: passed ? "pass" : "fail",
    severity: check.severity === "error" ? "error" : "warn",
    type: check.dimension,
    expected: describeTarget(check.target),
    actual: problem ?? String(measured),
    content: check.says,
  };
}
