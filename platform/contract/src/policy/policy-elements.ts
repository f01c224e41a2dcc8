import { allProperties, type Part, qualityRules, schemaObjects } from "../contract-parts.ts";
import { isRecord } from "../describe-spot.ts";
import type { DocumentPath } from "../finding.ts";
import type { DataContract, Property } from "../generated/odcs.ts";
import { lifecycleWords } from "../lifecycle/lifecycle-words.ts";

const kinds = {
  contract: (contract) => [{ path: [], value: contract }],
  object: schemaObjects,
  column: columnsOf,
  promise: ({ slaProperties }) => entries("slaProperties", slaProperties),
  server: ({ servers }) => entries("servers", servers),
  role: ({ roles }) => entries("roles", roles),
  previousMajor: previousMajorsOf,
  quality: (contract) => [...schemaObjects(contract), ...columnsOf(contract)].flatMap(qualityRules),
} satisfies Record<string, (contract: DataContract) => Part<unknown>[]>;

/** What a contract announces about the major versions before it, in a custom property. */
function previousMajorsOf({ customProperties = [] }: DataContract): Part<unknown>[] {
  const index = customProperties.findIndex(({ property }) => property === lifecycleWords.previousMajors);
  const listed = customProperties[index]?.value;
  const majors: readonly unknown[] = Array.isArray(listed) ? listed : [];
  return majors.map((value, position) => ({ path: ["customProperties", index, "value", position], value }));
}

/** What a rule of a policy judges one by one. */
export type ElementKind = keyof typeof kinds;

export function elementsOf(contract: DataContract, kind: ElementKind): readonly Part<unknown>[] {
  return kinds[kind](contract);
}

/** Everything with a name of its own, at any depth; not the items of lists and the types of maps themselves. */
export function columnsOf(contract: DataContract): Part<Property>[] {
  const properties = schemaObjects(contract).flatMap(allProperties);
  return properties.filter(({ path }) => typeof path.at(-1) === "number");
}

/** Name of the column a place lies in; undefined outside of columns. */
export function columnAt(contract: DataContract, path: DocumentPath): string | undefined {
  let node: unknown = contract;
  let column: string | undefined;
  for (const [index, part] of path.entries()) {
    node = Array.isArray(node) ? node[Number(part)] : isRecord(node) ? node[part] : undefined;
    if (path[index - 1] === "properties" && isRecord(node)) column = String(node.name ?? "");
  }
  return column;
}

function entries<Value>(list: string, values: readonly Value[] = []): Part<Value>[] {
  return values.map((value, index) => ({ path: [list, index], value }));
}
