import type { ConsentModel, Mask, RoleModel } from "../access-terms.ts";
import type { CustomProperty, DataContract, Role } from "../generated/odcs.ts";
import { readMask } from "./read-mask.ts";
import { readRowRule } from "./read-row-rule.ts";
import { roleTerm, roleWords } from "./role-words.ts";

/** The roles of a contract that `checkRoles` has passed. */
export function describeRoles(contract: DataContract): RoleModel[] {
  return (contract.roles ?? []).map((role, index) => describeRole(contract, role, index));
}

function describeRole(contract: DataContract, role: Role, index: number): RoleModel {
  const term = (word: string) => roleTerm(contract, index, word)?.value;
  const masks = Object.entries((term(roleWords.masks) ?? {}) as Record<string, unknown>);
  return {
    name: role.role,
    description: role.description?.trim() ?? "",
    firstLevelApprovers: accounts(role.firstLevelApprovers),
    secondLevelApprovers: accounts(role.secondLevelApprovers),
    masks: Object.fromEntries(
      masks.flatMap(([column, written]): [string, Mask][] => {
        const mask = readMask(written);
        return mask === undefined ? [] : [[column, mask]];
      }),
    ),
    rows: ((term(roleWords.rows) ?? []) as unknown[]).flatMap((written) => readRowRule(written) ?? []),
    minGroupSize: (term(roleWords.minGroupSize) ?? 1) as number,
    groupBy: (term(roleWords.groupBy) ?? []) as string[],
  };
}

/** One account, or several with commas between them. */
function accounts(written: string | undefined): string[] {
  return (written ?? "")
    .split(",")
    .map((account) => account.trim())
    .filter((account) => account !== "");
}

/** What the people in the data agreed to, from custom properties of the contract. */
export function describeConsent({ customProperties = [] }: DataContract): ConsentModel {
  const value = (name: string) => customProperties.find(({ property }: CustomProperty) => property === name)?.value;
  const [purpose, basis, columns] = [value("personalDataPurpose"), value("consentBasis"), value("consentColumns")];
  return {
    purpose: typeof purpose === "string" ? purpose : undefined,
    basis: typeof basis === "string" ? (basis as ConsentModel["basis"]) : undefined,
    columns: (columns ?? {}) as Record<string, string>,
  };
}
