import { majorOf } from "@thoth/kernel/major-names";
import { isMeshError } from "@thoth/kernel/mesh-error";
import { ownProperties } from "./contract-parts.ts";
import { keyColumns } from "./describe-columns.ts";
import { type DocumentPath, type FindingText, hasErrors } from "./finding.ts";
import type { CustomProperty, DataContract } from "./generated/odcs.ts";
import type { ParsedContract } from "./parse-contract.ts";
import type { RelationshipModel } from "./product-model.ts";
import { followReference, parseReference, type Reference, type ReferredProperty } from "./reference.ts";

/** Reads the contract a reference names. The path is as written: relative to the contract that holds it, with `/`. */
export type ReadTarget = (relativePath: string) => ParsedContract;

/** A relationship as written, both ends as lists. */
export interface Link {
  readonly path: DocumentPath;
  /** Columns of the product itself. */
  readonly from: readonly string[];
  /** References. */
  readonly to: readonly string[];
  readonly customProperties: readonly CustomProperty[];
}

/** Why a link leads nowhere, and which end of it is wrong when it is one of them. */
export type LinkProblem = FindingText & { readonly end?: "from" | "to" };

export interface LinkTarget {
  readonly to: RelationshipModel["to"];
  readonly objectName: string;
}

/** Where a link leads, or why it leads nowhere. */
export function linkTarget(link: Link, parsed: ParsedContract, readTarget: ReadTarget): LinkTarget | LinkProblem {
  const references = link.to.map(parseReference);
  const [first] = references;
  if (!first || !references.every((reference) => reference?.file === first.file && reference?.object === first.object))
    return problem(
      "target",
      `A relationship leads to columns of one object; this one says ${link.to.join(", ")}`,
      writeReference,
    );
  const contract = readContract(first, parsed, readTarget);
  if ("rule" in contract) return contract;
  const columns = references.flatMap((reference) => (reference ? (followReference(contract, reference) ?? []) : []));
  if (columns.length !== link.to.length)
    return problem(
      "target",
      `${link.to.join(", ")} is not in the contract ${contract.name ?? first.file ?? "itself"}`,
      "Check the ids of object and property in that contract.",
    );
  return fitsKey(link, columns, contract) ?? fitsTypes(link, columns, parsed) ?? describeTarget(columns, contract);
}

const writeReference = "Write ../<product>/contract.odcs.yaml#/schema/<object id>/properties/<property id>.";

function problem(kind: string, message: string, hint: string): LinkProblem {
  return { rule: `house-relationship-${kind}`, message, hint, end: kind === "from" ? "from" : "to" };
}

function readContract({ file }: Reference, parsed: ParsedContract, readTarget: ReadTarget): DataContract | LinkProblem {
  if (file === undefined)
    return parsed.contract ?? problem("target", "The contract itself cannot be read", writeReference);
  const target = read(file, readTarget);
  if ("rule" in target) return target;
  const [error] = target.findings.filter(({ severity }) => severity === "error");
  if (target.contract === undefined || hasErrors(target.findings))
    return problem(
      "target",
      `${file} is not a valid contract: ${error?.message ?? ""}`,
      `Correct ${target.file}:${error?.line ?? 1} first.`,
    );
  const { domain, name } = target.contract;
  if (!domain || !name)
    return problem("target", `${file} does not name its domain and product`, "Add `domain` and `name` there.");
  if (domain !== parsed.contract?.domain && !/(^|\/)published\//.test(file) && !isPublished(parsed.file)) {
    const hint = `Refer to contracts/published/${domain}/${name}/<version>.odcs.yaml; only what is published can be relied upon.`;
    return problem(
      "published",
      `${file} belongs to another domain, ${domain}, and is not its published contract`,
      hint,
    );
  }
  return target.contract;
}

function isPublished(file: string): boolean {
  return /(^|\/)contracts\/published\//.test(file);
}

function read(file: string, readTarget: ReadTarget): ParsedContract | LinkProblem {
  try {
    return readTarget(file);
  } catch (error) {
    if (!isMeshError(error)) throw error;
    return problem("target", error.message, error.hint);
  }
}

/** Rows are fetched by key, so a relationship leads to the whole key. */
function fitsKey(link: Link, columns: readonly ReferredProperty[], contract: DataContract): LinkProblem | undefined {
  const [first] = columns;
  const key = first ? keyColumns(first.object) : [];
  const names = columns.map(({ property }) => property.value.name);
  if (key.length === names.length && key.every((name) => names.includes(name)) && link.from.length === names.length)
    return undefined;
  const message = `The key of ${contract.name} is ${key.join(", ") || "missing"}; the relationship leads to ${names.join(", ")}`;
  const hint =
    "Relate as many columns as the key has; for a composite key write the relationship on the object, with lists in `from` and `to`.";
  return problem("key", message, hint);
}

function fitsTypes(link: Link, columns: readonly ReferredProperty[], parsed: ParsedContract): LinkProblem | undefined {
  const own = ownProperties({ path: ["schema", 0], value: parsed.contract?.schema?.[0] ?? { name: "" } });
  for (const [index, { property }] of columns.entries()) {
    const column = own.find(({ value }) => value.name === link.from[index])?.value;
    if (column === undefined)
      return problem(
        "from",
        `"${link.from[index]}" is no column of this product`,
        "Refer to it as object.property, such as task_completion.unit_code.",
      );
    if (column.logicalType === property.value.logicalType) continue;
    const message = `"${column.name}" is of type ${column.logicalType}, but "${property.value.name}" it leads to is of type ${property.value.logicalType}`;
    return problem("type", message, "Give both the same logicalType.");
  }
  return undefined;
}

function describeTarget(
  columns: readonly ReferredProperty[],
  { domain = "", name = "", version }: DataContract,
): LinkTarget {
  const names = columns.map(({ property }) => property.value.name ?? "");
  const to = { domain, product: name, major: majorOf(version), columns: names };
  return { to, objectName: columns[0]?.object.value.name ?? "" };
}
