import { tableNameOf } from "@thoth/kernel/major-names";
import { kebabCase } from "@thoth/kernel/names";
import { checkColumns, snakeCaseName } from "./check-columns.ts";
import { checkKey } from "./check-key.ts";
import { checkPromises } from "./check-promises.ts";
import { checkRules } from "./check-rules.ts";
import { type Part, schemaObjects } from "./contract-parts.ts";
import { describeValue } from "./describe-spot.ts";
import { type Finding, formatPath, inReadingOrder, type Report } from "./finding.ts";
import type { DataContract, SchemaObject } from "./generated/odcs.ts";
import { checkLifecycle } from "./lifecycle/check-lifecycle.ts";
import type { ParsedContract } from "./parse-contract.ts";
import { checkPartialPublish } from "./partial-publish.ts";
import { checkRoles } from "./roles/check-roles.ts";

/**
 * What this mesh asks of the contracts of its own products, beyond the standard: one object with a key, a class for
 * every column, types we can publish, a promise of latency. Relationships are judged where their targets are read.
 */
export function checkProduct(parsed: ParsedContract): Finding[] {
  const { contract, file, locate } = parsed;
  if (contract === undefined) return [];
  const findings: Finding[] = [];
  const report: Report = (path, { rule, message, hint, severity = "error" }) =>
    findings.push({ rule, severity, file, ...locate(path), path: formatPath(path), message, hint });
  checkIdentity(contract, report);
  checkPromises(contract, report);
  checkPartialPublish(contract, report);
  const [object, second] = schemaObjects(contract);
  if (object) checkObject(contract, object, report);
  if (!object || second) reportObjectCount(second, report);
  return inReadingOrder(findings);
}

const statuses = ["proposed", "draft", "active", "deprecated", "retired"];

function checkIdentity(contract: DataContract, report: Report): void {
  if (contract.apiVersion !== "v3.2.0") {
    const message = `Products are written in v3.2.0; this contract says ${contract.apiVersion}`;
    report(["apiVersion"], { rule: "house-api-version", message, hint: "Write `apiVersion: v3.2.0`." });
  }
  checkName("domain", contract.domain, report);
  checkName("name", contract.name, report);
  if (contract.status !== undefined && !statuses.includes(contract.status)) {
    const message = `The status cannot be ${describeValue(contract.status)}`;
    report(["status"], { rule: "house-status", message, hint: `Write one of ${statuses.join(", ")}.` });
  }
  for (const key of ["purpose", "limitations", "usage"] as const) {
    if (contract.description?.[key]?.trim()) continue;
    const message = `The description does not tell the ${key}`;
    report(["description"], {
      rule: "house-description",
      message,
      hint: `Add \`description.${key}\`: consumers decide by it whether the data is for them.`,
    });
  }
}

function checkName(key: "domain" | "name", name: string | undefined, report: Report): void {
  if (name !== undefined && /^[a-z]/.test(name) && name === kebabCase(name)) return;
  const what = key === "domain" ? "domain" : "product";
  const message =
    name === undefined ? `The contract does not name its ${what}` : `${describeValue(name)} is no name for a ${what}`;
  const example = key === "domain" ? "ontrack-learning" : "task-completion";
  report([key], {
    rule: `house-${what}-name`,
    message,
    hint: `Write \`${key}\` in lower case with hyphens, such as ${example}.`,
  });
}

function reportObjectCount(second: Part<SchemaObject> | undefined, report: Report): void {
  const message = second
    ? "A product has one schema object; here is a second"
    : "A product has one schema object; here is none";
  const hint = second ? "Make it a product of its own." : "Add `schema` with one object and its properties.";
  report(second?.path ?? ["schema"], { rule: "house-one-object", message, hint });
}

function checkObject(contract: DataContract, object: Part<SchemaObject>, report: Report): void {
  const { path, value } = object;
  if (!snakeCaseName.test(value.name)) {
    const message = `${describeValue(value.name)} is no name for a schema object`;
    report([...path, "name"], {
      rule: "house-object-name",
      message,
      hint: "Write the singular in lower case with underscores, such as task_completion; GraphQL makes TaskCompletion of it.",
    });
  }
  checkTableName(contract, object, report);
  checkLifecycle(contract, object, report);
  checkColumns(object, report);
  checkKey(object, report);
  checkRules(object, report);
  checkRoles(contract, object, report);
}

/** The table's name of a later major version ends with it; a contract may as well leave that to the mesh. */
function checkTableName(contract: DataContract, { path, value }: Part<SchemaObject>, report: Report): void {
  const { name = "", version } = contract;
  const [table, plain] = [tableNameOf(name, version), name.replaceAll("-", "_")];
  if (value.physicalName === undefined || [table, plain].includes(value.physicalName)) return;
  const message = `The table of product ${name} is called ${table}, not ${value.physicalName}`;
  report([...path, "physicalName"], { rule: "house-table-name", message, hint: `Write \`physicalName: ${table}\`.` });
}
