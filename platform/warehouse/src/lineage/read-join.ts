import { influencesOf, influencesOfAll } from "./expression-influences.ts";
import { type Influences, influenceOf, noInfluences, passedThrough, together } from "./influence.ts";
import type { JoinCondition, PlanExpression, PlanNode } from "./plan-node.ts";
import { type PlanColumn, type PlanRelation, type PlanScope, type ReadNode, withoutFields } from "./plan-relation.ts";

/** A join of any kind; a correlated subquery is one whose right side sees columns of its left side. */
export function readJoin(node: PlanNode, scope: PlanScope, read: ReadNode<PlanNode>): PlanRelation {
  const { left, right } = readSides(node, scope, read);
  const both = [...left.columns, ...right.columns];
  const condition = conditionOf(node, left, right, both);
  return combine(node, { left, right, condition });
}

interface JoinSides {
  readonly left: PlanRelation;
  readonly right: PlanRelation;
}

function readSides(node: PlanNode, scope: PlanScope, read: ReadNode<PlanNode>): JoinSides {
  const [first, second] = node.children ?? [];
  if (first === undefined || second === undefined) throw new Error(`${node.type} without two sides`);
  if (node.type !== "LOGICAL_DELIM_JOIN") return { left: read(first, scope), right: read(second, scope) };
  const outer = read(node.delim_flipped === true ? second : first, scope);
  const outerColumns = (node.duplicate_eliminated_columns ?? []).map((expression) => ({
    influences: influencesOf(expression, outer.columns),
  }));
  const inner = read(node.delim_flipped === true ? first : second, { ...scope, outerColumns });
  return node.delim_flipped === true ? { left: inner, right: outer } : { left: outer, right: inner };
}

/** What decides which rows of both sides belong together, as values. */
function conditionOf(node: PlanNode, left: PlanRelation, right: PlanRelation, both: readonly PlanColumn[]): Influences {
  const whole = [node.condition, node.predicate].filter((entry): entry is PlanExpression => entry !== undefined);
  const pairs = (node.conditions ?? []).map((pair) => ofPair(pair, left, right, node.type === "LOGICAL_DELIM_JOIN"));
  return together([...pairs, influencesOfAll(whole, both, "TRANSFORMATION")]);
}

/** A correlated subquery finds the row outside again by the columns it saw of it: no condition of the query's own. */
function ofPair(pair: JoinCondition, left: PlanRelation, right: PlanRelation, correlated: boolean): Influences {
  if (pair.left === undefined || pair.right === undefined) return influenceOf(strangeCondition);
  const ofLeft = influencesOf(pair.left, left.columns);
  const ofRight = influencesOf(pair.right, right.columns);
  if (correlated && pair.comparison === "COMPARE_NOT_DISTINCT_FROM" && isSame(ofLeft, ofRight)) return noInfluences;
  return passedThrough(together([ofLeft, ofRight]), "TRANSFORMATION");
}

const strangeCondition = { reason: "a join condition is of a kind that lineage does not know", offset: undefined };

function isSame(one: Influences, other: Influences): boolean {
  return one.size === other.size && [...one.keys()].every((key) => other.has(key));
}

interface Joined extends JoinSides {
  readonly condition: Influences;
}

function combine(node: PlanNode, { left, right, condition }: Joined): PlanRelation {
  const deciding = passedThrough(condition, "JOIN");
  const leftColumns = mapped(left.columns, node.left_projection_map);
  const rightColumns = mapped(right.columns, node.right_projection_map);
  switch (node.join_type) {
    case "MARK": {
      const mark = together([condition, passedThrough(right.rows, "FILTER")]);
      return { columns: [...leftColumns, { influences: mark }], rows: left.rows };
    }
    case "SINGLE": {
      const found = together([right.rows, deciding]);
      const columns = rightColumns.map((column) => ({
        ...withoutFields(column),
        influences: together([column.influences, found]),
      }));
      return { columns: [...leftColumns, ...columns], rows: left.rows };
    }
    default: {
      const rows = together([left.rows, right.rows, deciding]);
      return { columns: keptSides(node.join_type, leftColumns, rightColumns), rows };
    }
  }
}

function keptSides(joinType: string | undefined, left: readonly PlanColumn[], right: readonly PlanColumn[]) {
  if (joinType === "SEMI" || joinType === "ANTI") return left;
  if (joinType === "RIGHT_SEMI" || joinType === "RIGHT_ANTI") return right;
  return [...left, ...right];
}

/** An operator may leave out columns that nothing above it needs. */
export function mapped(columns: readonly PlanColumn[], map: readonly number[] | undefined): readonly PlanColumn[] {
  if (map === undefined || map.length === 0) return columns;
  return map.flatMap((index) => columns[index] ?? []);
}
