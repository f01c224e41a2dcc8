import type { Difference } from "@thoth/contract/diff/contract-diff";
import { camelCase } from "@thoth/kernel/names";
import { getNamedType } from "graphql";
import type { SdlChange } from "./sdl-diff.ts";
import { columnOf, columnPairs, columnsAt, type Field, fieldOf, type ServedSide } from "./sdl-diff-columns.ts";

export interface SidePair {
  readonly before: ServedSide;
  readonly after: ServedSide;
}

/**
 * Where the rules and the generated schema say different things about the same change. One of the two is wrong, which is
 * a mistake of ours and none of the contract's; until it is found, the graver class counts.
 * @param diffs of the two contracts, for readers
 */
export function disagreements(
  diffs: readonly Difference[],
  changes: readonly SdlChange[],
  pair: SidePair,
): Difference[] {
  const unexplained = changes.filter((change) => isGrave(change) && !isExplained(change, diffs, pair));
  const refuted = diffs.filter((difference) => isRefuted(difference, pair));
  return [
    ...unexplained.map((change) =>
      disagreement(change, `/schema`, `GraphQL: ${change.message} The rules say nothing as grave about it`),
    ),
    ...refuted.map((difference) =>
      disagreement(
        difference,
        difference.path,
        `${difference.message} (${difference.rule}), but the generated GraphQL schema shows no such change`,
      ),
    ),
  ];
}

function disagreement(
  { class: changeClass, dangerous }: Pick<Difference, "class" | "dangerous">,
  path: string,
  message: string,
): Difference {
  const suggestion =
    "Report it with both contracts: either a rule or the generated schema is wrong. Until then the graver class counts.";
  return { rule: "sdl-disagrees", class: changeClass, dangerous, path, message, blocked: true, suggestion };
}

function isGrave({ class: changeClass, dangerous }: SdlChange): boolean {
  return changeClass === "MAJOR" || dangerous;
}

/** Rules about the product that move all its types and fields. */
const sweeping = ["renamed", "key-changed", "object-removed", "identity"];

function isExplained(change: SdlChange, diffs: readonly Difference[], { before, after }: SidePair): boolean {
  const now = columnsAt(change.coordinate, after.model);
  const pairs = columnPairs(before.model, after.model).filter((pair) => now.includes(pair.after));
  const earlier = [...columnsAt(change.coordinate, before.model), ...pairs.map((pair) => pair.before)];
  const columns = [...earlier, ...now].map(({ name }) => name);
  return diffs
    .filter((difference) => weight(difference) >= weight(change))
    .some(({ rule, path }) => {
      const column = columnOf(path);
      if (column !== undefined && columns.length > 0) return columns.includes(column);
      return columns.length === 0 ? path.startsWith("/schema") || sweeping.includes(rule) : sweeping.includes(rule);
    });
}

function weight({ class: changeClass, dangerous }: Pick<Difference, "class" | "dangerous">): number {
  return ["PATCH", "MINOR", "MAJOR"].indexOf(changeClass) * 2 + Number(dangerous && changeClass !== "MAJOR");
}

/** A column on both sides; `reused` when the field of the one side serves something else on the other. */
interface ServedColumn {
  readonly before: Field | undefined;
  readonly after: Field | undefined;
  readonly reused: boolean;
}

type Claim = (column: ServedColumn) => boolean;

/** What JSON holds, the schema does not say. */
const isRetyped: Claim = ({ before, after }) =>
  before === undefined ||
  after === undefined ||
  String(before.type) !== String(after.type) ||
  getNamedType(after.type).name === "JSON";

/** What a rule says about the field of a column. */
const claims: Readonly<Record<string, Claim>> = {
  "property-removed": ({ before, after, reused }) => before !== undefined && (after === undefined || reused),
  "property-added": ({ before, after, reused }) => after !== undefined && (before === undefined || reused),
  "logical-type-changed": isRetyped,
  "int-format": isRetyped,
  "enum-introduced": isRetyped,
  "enum-dropped": isRetyped,
  "deprecated-set": ({ after }) => after?.deprecationReason !== undefined,
  "deprecated-unset": ({ after }) => after?.deprecationReason === undefined,
};

function isRefuted({ rule, path, class: changeClass }: Difference, pair: SidePair): boolean {
  const [claim, name] = [claims[rule], columnOf(path)];
  if (claim === undefined || name === undefined) return false;
  // what GraphQL does not show as an enum is no matter of its schema
  if (rule.startsWith("enum-") && changeClass !== "MAJOR") return false;
  return !claim(rule === "property-added" ? addedColumn(name, pair) : servedColumn(name, pair));
}

function addedColumn(name: string, { before, after }: SidePair): ServedColumn {
  const reused = servesField(before, name);
  return { before: fieldOf(before, name), after: fieldOf(after, name), reused };
}

function servedColumn(name: string, { before, after }: SidePair): ServedColumn {
  const match = columnPairs(before.model, after.model).find((pair) => pair.before.name === name)?.after;
  const field = fieldOf(before, name);
  if (match === undefined) return { before: field, after: fieldOf(after, name), reused: servesField(after, name) };
  return { before: field, after: fieldOf(after, match.name), reused: false };
}

function servesField({ model }: ServedSide, column: string): boolean {
  const field = camelCase(column);
  const byColumn = model.columns.some(({ name }) => camelCase(name) === field);
  return byColumn || model.relationships.some(({ fieldName }) => fieldName === field);
}
