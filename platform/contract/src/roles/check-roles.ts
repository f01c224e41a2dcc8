import { isTimeType, keepsWholeCells, type Mask, maskProblem } from "../access-terms.ts";
import type { Part } from "../contract-parts.ts";
import { describeColumns } from "../describe-columns.ts";
import { describeValue } from "../describe-spot.ts";
import type { DocumentPath, Report } from "../finding.ts";
import type { CustomProperty, DataContract, SchemaObject } from "../generated/odcs.ts";
import type { ColumnModel } from "../product-model.ts";
import { readMask } from "./read-mask.ts";
import { readRowRule } from "./read-row-rule.ts";
import { type RoleTerm, roleTerm, roleWords } from "./role-words.ts";
import { subjectOf } from "./subject.ts";

/** Whether what roles show can be carried out: masks that fit their columns, conditions that can be read, groups of people. */
export function checkRoles(contract: DataContract, object: Part<SchemaObject>, report: Report): void {
  const columns = new Map(describeColumns(object, contract, () => 0).map((column) => [column.name, column]));
  const say = (path: DocumentPath, message: string, hint: string) =>
    report(path, { rule: "house-role-terms", message, hint });
  for (const index of (contract.roles ?? []).keys()) {
    const term = (word: string) => roleTerm(contract, index, word);
    checkMasks(term(roleWords.masks), columns, say);
    checkRows(term(roleWords.rows), columns, say);
    checkGroups(term(roleWords.minGroupSize), term(roleWords.groupBy), { columns, say, role: ["roles", index] });
    const terms = { rows: term(roleWords.rows), groupBy: term(roleWords.groupBy), masks: term(roleWords.masks) };
    checkCells(terms, { columns, say });
  }
  checkConsent(contract, columns, say);
}

type Columns = ReadonlyMap<string, ColumnModel>;
type Say = (path: DocumentPath, message: string, hint: string) => void;

function checkMasks(term: RoleTerm | undefined, columns: Columns, say: Say): void {
  if (term === undefined) return;
  if (typeof term.value !== "object" || term.value === null || Array.isArray(term.value)) {
    say(term.path, "The masks are no map of columns", "Write { campus: hash, week_start: { bucket: month } }.");
    return;
  }
  for (const [name, written] of Object.entries(term.value)) {
    const path = [...term.path, name];
    const column = columns.get(name);
    const mask = readMask(written);
    if (column === undefined) say(path, `There is no column "${name}" to mask`, hintOf(columns));
    else if (mask === undefined)
      say(
        path,
        `${describeValue(written)} is no mask`,
        'Write hash, "null", { partial: 3 } or { bucket: 10 } (or day, week, month, quarter, year).',
      );
    else {
      const problem = maskProblem(column, mask);
      if (problem !== undefined) say(path, `Column "${name}" cannot be masked so: ${problem}`, "Choose another mask.");
    }
  }
}

function checkRows(term: RoleTerm | undefined, columns: Columns, say: Say): void {
  if (term === undefined) return;
  if (!Array.isArray(term.value)) {
    say(term.path, "The conditions on rows are no list", "Write [{ column: unit_code, is: units }].");
    return;
  }
  for (const [index, written] of term.value.entries()) {
    const rule = readRowRule(written);
    const path = [...term.path, index];
    if (rule === undefined)
      say(
        path,
        "A condition on rows cannot be read",
        "Write { column, is: <attribute> }, { column, in: […] } or { column, before: now, less: { years: 2 } }.",
      );
    else if (!columns.has(rule.column)) say(path, `There is no column "${rule.column}"`, hintOf(columns));
    else if ((rule.kind === "before" || rule.kind === "after") && !isTime(columns.get(rule.column)))
      say(path, `Column "${rule.column}" is no date or timestamp`, "Compare dates and timestamps with now.");
  }
}

interface GroupChecks {
  readonly columns: Columns;
  readonly say: Say;
  readonly role: DocumentPath;
}

function checkGroups(size: RoleTerm | undefined, by: RoleTerm | undefined, { columns, say, role }: GroupChecks): void {
  if (size === undefined && by === undefined) return;
  const least = size?.value;
  if (!Number.isSafeInteger(least) || (least as number) < 2)
    say(size?.path ?? role, "A group has at least two people", "Write { property: minGroupSize, value: 10 }.");
  const names = Array.isArray(by?.value) ? by.value : [];
  if (names.length === 0)
    say(
      by?.path ?? role,
      "It is not said by which columns groups are made",
      "Write { property: groupBy, value: [unit_code] }.",
    );
  for (const [index, name] of names.entries()) {
    const path = [...(by?.path ?? role), index];
    const column = columns.get(name);
    if (column === undefined) say(path, `There is no column "${String(name)}"`, hintOf(columns));
    else if (column.personalData === "direct" || column.personalData === "pseudonym")
      say(path, `Column "${name}" stands for single people`, "Group by what many people share.");
  }
  if (subjectOf([...columns.values()]) === undefined)
    say(
      role,
      "No column stands for a person, so people cannot be counted",
      "Give the column of the person { property: personalData, value: pseudonym }.",
    );
}

/** Rows that a role picks are whole groups, or two answers under other attributes or on other days differ by single people. */
function checkCells(
  terms: Readonly<Record<"rows" | "groupBy" | "masks", RoleTerm | undefined>>,
  { columns, say }: Pick<GroupChecks, "columns" | "say">,
): void {
  const { rows, groupBy } = terms;
  if (!Array.isArray(rows?.value) || !Array.isArray(groupBy?.value)) return;
  for (const [index, written] of rows.value.entries()) {
    const column = readRowRule(written)?.column;
    if (column === undefined || !columns.has(column)) continue;
    const cells = { groupBy: groupBy.value as string[], masks: readMasks(terms.masks) };
    if (keepsWholeCells(cells, column)) continue;
    say(
      [...rows.path, index],
      cells.groupBy.includes(column)
        ? `Rows are picked by "${column}", and its mask puts picked and other rows into one group`
        : `Rows are picked by "${column}", and groups are not made by it`,
      "Pick rows by a column of groupBy that has no mask or is hashed: groups are kept or left out as a whole.",
    );
  }
}

function readMasks(term: RoleTerm | undefined): Record<string, Mask> {
  const masks = Object.entries((term?.value ?? {}) as Record<string, unknown>);
  return Object.fromEntries(masks.map(([column, written]) => [column, readMask(written) ?? { kind: "null" }]));
}

function checkConsent({ customProperties = [] }: DataContract, columns: Columns, say: Say): void {
  const index = customProperties.findIndex(({ property }: CustomProperty) => property === "consentColumns");
  if (index < 0) return;
  const path = ["customProperties", index, "value"];
  const value = customProperties[index]?.value as unknown;
  const entries = typeof value === "object" && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
  if (entries.length === 0)
    say(path, "It is not said which column holds the consent to what", "Write { learning-research: opted_in }.");
  for (const [purpose, name] of entries)
    if (columns.get(String(name))?.sqlType !== "BOOLEAN")
      say(
        [...path, purpose],
        `There is no boolean column "${String(name)}"`,
        "Name the column that is true for people who agreed.",
      );
}

function isTime(column: ColumnModel | undefined): boolean {
  return column !== undefined && isTimeType(column.sqlType);
}

function hintOf(columns: Columns): string {
  return `Columns are ${[...columns.keys()].join(", ")}.`;
}
