import { boundRules } from "./bound-rules.ts";
import { constraintRules, keyRules } from "./constraint-rules.ts";
import { contractNoteRules, elementNoteRules } from "./docs-rules.ts";
import { enumRules } from "./enum-rules.ts";
import { deprecationRules, governanceRules } from "./governance-rules.ts";
import { identityRules, priceRules, statusRules, termRules } from "./lifecycle-rules.ts";
import { linkRules, objectLinkRules } from "./link-rules.ts";
import { portRules, roleRules } from "./port-rules.ts";
import { elementRules, objectListRules, propertyListRules } from "./presence-rules.ts";
import { promiseRules } from "./promise-rules.ts";
import { qualityRules } from "./quality-rules.ts";
import { elementIdentityRules, reuseRules, tombstoneRules } from "./tombstone-rules.ts";
import { objectTypeRules, typeRules } from "./type-rules.ts";
import { versionRules } from "./version-rules.ts";

/** All rules, by what they look at. */
export const ruleTable = {
  objectList: objectListRules,
  propertyList: [...propertyListRules, ...tombstoneRules],
  object: [...objectTypeRules, ...keyRules, ...objectLinkRules],
  element: [...elementRules, ...elementIdentityRules, ...deprecationRules, ...qualityRules, ...elementNoteRules],
  property: [
    ...typeRules,
    ...constraintRules,
    ...enumRules,
    ...boundRules,
    ...governanceRules,
    ...linkRules,
    ...reuseRules,
  ],
  contract: [
    ...promiseRules,
    ...portRules,
    ...roleRules,
    ...statusRules,
    ...termRules,
    ...priceRules,
    ...identityRules,
    ...contractNoteRules,
  ],
  version: versionRules,
};

export interface RuleSummary {
  readonly row: number;
  readonly rule: string;
  readonly sees: string;
  /** The kind of outcome, unique within its row. */
  readonly outcome: string;
  readonly reader: string;
  readonly writer: string;
}

/** Every outcome of every rule, in the order of the table. */
export function ruleSummaries(): RuleSummary[] {
  const rules = Object.values(ruleTable).flatMap(
    (group) => [...group] as { row: number; sees: string; outcomes: object }[],
  );
  const rows = rules.flatMap(({ row, sees, outcomes }) =>
    Object.entries(outcomes as Record<string, { rule: string; reader: string; writer: string }>).map(
      ([outcome, { rule, reader, writer }]) => ({ row, rule, sees, outcome, reader, writer }),
    ),
  );
  return rows.sort((a, b) => a.row - b.row);
}
