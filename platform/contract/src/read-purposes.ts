import { existsSync } from "node:fs";
import { join } from "node:path";
import type { ConsentModel } from "./access-terms.ts";
import { contractError } from "./errors.ts";
import { readContractText } from "./read-contract-file.ts";
import { readRecord } from "./read-record.ts";
import { shapeValidator } from "./validate-shape.ts";

/** Something that data may be used for; agreements name one. */
export interface Purpose {
  /** `learning-research` */
  readonly id: string;
  readonly title: string;
  readonly description: string;
  /** What data about people must rest on to be used for it; `none`: it needs no data about people. */
  readonly basis: NonNullable<ConsentModel["basis"]> | "none";
  /** Longest time that an agreement for it lasts. */
  readonly longestDays: number;
  /** After how long an agreement for it is looked at again. */
  readonly reassessDays: number;
}

const purposesFile = "contracts/policies/purposes.yaml";

interface Written {
  readonly purposes: readonly Purpose[];
}

const validate = shapeValidator<Written>("purposes.schema.json");

/**
 * The purposes that the council allows; none where there is no list, and then nobody can be granted anything.
 * @throws MeshError `contract/purposes-invalid` with every error found and the place of the first
 */
export function readPurposes(root: string): readonly Purpose[] {
  if (!existsSync(join(root, purposesFile))) return [];
  const record = readRecord(readContractText(root, purposesFile), purposesFile, { noun: "purposes", validate });
  const { purposes = [] } = (record.sound ? record.source.value : {}) as Partial<Written>;
  for (const [index, { id }] of purposes.entries()) {
    if (purposes.findIndex((other) => other.id === id) === index) continue;
    record.source.report(["purposes", index, "id"], {
      rule: "purposes-twice",
      message: `There is a purpose ${id} above`,
      hint: "Give every purpose an id of its own.",
    });
  }
  const findings = record.findings();
  const [first] = findings;
  if (first === undefined) return purposes;
  const at = { file: purposesFile, line: first.line, column: first.column };
  throw contractError["purposes-invalid"]({ findings }, { at });
}
