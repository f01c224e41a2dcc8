import { describeValue, isRecord, quote } from "./describe-spot.ts";
import { explainShape } from "./explain-shape.ts";
import type { Report } from "./finding.ts";
import type { DataContract } from "./generated/odcs.ts";
import { oneOf } from "./spelling.ts";
import { validateShape } from "./validate-shape.ts";

const authoredVersion = "v3.2.0";
const acceptedVersions: readonly string[] = ["v3.2.0", "v3.1.0", "v3.0.2", "v3.0.1", "v3.0.0"];

/** The value as a contract when it has the shape of one; reports what keeps it from that. */
export function reportShape(value: unknown, report: Report): DataContract | undefined {
  if (!isRecord(value)) {
    const message =
      value === null ? "The file is empty" : `A contract is a map of keys; here is ${describeValue(value)}`;
    report([], {
      rule: "odcs-not-a-contract",
      message,
      hint: "Begin with `apiVersion: v3.2.0` and `kind: DataContract`.",
    });
    return undefined;
  }
  if (isForeign(value, report)) return undefined;
  const errors = validateShape(value);
  for (const { path, ...text } of explainShape(errors, value, "the contract")) report(path, text);
  return errors.length === 0 ? (value as unknown as DataContract) : undefined;
}

/** Another kind of document, or one of a version we do not read: judging its keys would only produce noise. */
function isForeign(value: Record<string, unknown>, report: Report): boolean {
  const { kind, apiVersion } = value;
  if (typeof kind === "string" && kind !== "DataContract") {
    const hint = "Contracts say `kind: DataContract`.";
    report(["kind"], { rule: "odcs-kind", message: `A document of kind ${quote(kind)} is not a data contract`, hint });
    return true;
  }
  if (typeof apiVersion !== "string" || acceptedVersions.includes(apiVersion)) return false;
  const message = `apiVersion ${quote(apiVersion)} is not one we read`;
  report(["apiVersion"], { rule: "odcs-api-version", message, hint: versionHint(apiVersion) });
  return true;
}

function versionHint(apiVersion: string): string {
  if (acceptedVersions.includes(`v${apiVersion}`)) return `Write it with its v: v${apiVersion}.`;
  const accepted = `Write ${authoredVersion}; ${oneOf(acceptedVersions.slice(1))} can be read too.`;
  return /^v?2\./.test(apiVersion)
    ? `${accepted} Version 2 named most keys differently and has to be rewritten.`
    : accepted;
}
