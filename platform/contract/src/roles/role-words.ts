import type { DocumentPath } from "../finding.ts";
import type { CustomProperty, DataContract, Role } from "../generated/odcs.ts";

/** Custom properties of a role that say what it shows; the standard has no words for them. */
export const roleWords = { masks: "masks", rows: "rows", minGroupSize: "minGroupSize", groupBy: "groupBy" } as const;

export interface RoleTerm {
  /** Of its value. */
  readonly path: DocumentPath;
  readonly value: unknown;
}

export function roleTerm(contract: DataContract, index: number, word: string): RoleTerm | undefined {
  const { customProperties = [] }: Partial<Role> = contract.roles?.[index] ?? {};
  const place = customProperties.findIndex(({ property }: CustomProperty) => property === word);
  if (place < 0) return undefined;
  return { path: ["roles", index, "customProperties", place, "value"], value: customProperties[place]?.value };
}
