import type { SqlRow } from "@thoth/warehouse/query-engine";
import type { GraphQLResolveInfo } from "graphql";
import { planAggregate } from "./aggregate.ts";
import { distinctKeys, keyTexts, planLookup, rowsByKey } from "./by-key.ts";
import { subgraphError } from "./errors.ts";
import { limits } from "./limits.ts";
import { fieldPlace, type Operation, Operations } from "./operation.ts";
import { type Page, pageOf } from "./page.ts";
import { planPage } from "./page-plan.ts";
import type { ForwardField, ProductGraph, ReverseField, TypeGraph } from "./product-graph.ts";
import type { AggregatePlan, QueryPlan } from "./query-plan.ts";
import { guardResolver, type Resolve } from "./resolver-errors.ts";
import { keyColumn } from "./row-columns.ts";
import { runPlan } from "./run-plan.ts";
import { readSelection, type Selection } from "./selection.ts";
import type { FieldContext } from "./subgraph.ts";
import { columnDenied, type PlanContext } from "./table-access.ts";

type Plan<P extends QueryPlan> = (type: TypeGraph, selection: Selection, context: PlanContext) => P;

/** How the fields of one subgraph get their data: plan, compile, run. */
export class Resolvers {
  readonly #domain: string;
  readonly #graph: ProductGraph;
  readonly #operations = new Operations();

  constructor(domain: string, graph: ProductGraph) {
    this.#domain = domain;
    this.#graph = graph;
  }

  guard<Parent>(resolve: Resolve<Parent>): Resolve<Parent> {
    return guardResolver(this.#domain, this.#operations, resolve);
  }

  /** `units(where, orderBy, first, after)` */
  page(type: TypeGraph): Resolve<unknown> {
    return this.guard(async (_, __, context, info) => {
      const { operation, plan } = this.#plan(planPage, type, { context, info, match: null });
      return pageOf(type.model.id, plan, hasNothingToRead(plan) ? [] : await runPlan(operation.context, plan));
    });
  }

  /** `unitsAggregate(…)` */
  aggregate(type: TypeGraph): Resolve<unknown> {
    return this.guard(async (_, __, context, info) => {
      const { operation, plan } = this.#plan(planAggregate, type, { context, info, match: null });
      return shown(plan, await runPlan(operation.context, plan), { context, info });
    });
  }

  /** Rows by their keys, in the order of the keys; null where there is no such row. */
  async byKeys(
    type: TypeGraph,
    keys: readonly ((column: string) => unknown)[],
    { context, info }: { readonly context: FieldContext; readonly info: GraphQLResolveInfo },
  ): Promise<(SqlRow | null)[]> {
    if (keys.length > limits.maxListValues) throw subgraphError["too-many-values"]({ values: keys.length });
    const { key } = type.model;
    const texts = keys.map((read) => keyTexts(type, key, read) ?? []);
    const { operation, plan } = this.#plan(planLookup, type, { context, info, match: key });
    if (texts.length === 0) return [];
    const { distinct, places } = distinctKeys(texts);
    const rows = rowsByKey(await runPlan(operation.context, plan, distinct));
    return places.map((place) => rows.get(place)?.[0] ?? null);
  }

  /** From a row to the one it refers to, within the domain. */
  forward(type: TypeGraph, field: ForwardField): Resolve<SqlRow> {
    const target = this.#typeOf(field.target.typeName);
    return this.guard(async (row, _, context, info) => {
      const { operation, plan } = this.#plan(planLookup, target, { context, info, match: field.to });
      const key = parentKey(type, field.from, row);
      return key === undefined ? null : ((await operation.loaders.load(plan, key))[0] ?? null);
    });
  }

  /** From a row to a page of those that refer to it. */
  reversePage(type: TypeGraph, field: ReverseField): Resolve<SqlRow> {
    const source = this.#typeOf(field.source.typeName);
    return this.guard(async (row, _, context, info): Promise<Page> => {
      const { operation, plan } = this.#plan(planPage, source, { context, info, match: field.from });
      const key = parentKey(type, field.to, row);
      const empty = key === undefined || hasNothingToRead(plan);
      return pageOf(source.model.id, plan, empty ? [] : await operation.loaders.load(plan, key));
    });
  }

  /** From a row to groups of those that refer to it. */
  reverseAggregate(type: TypeGraph, field: ReverseField): Resolve<SqlRow> {
    const source = this.#typeOf(field.source.typeName);
    return this.guard(async (row, _, context, info) => {
      const { operation, plan } = this.#plan(planAggregate, source, { context, info, match: field.from });
      const key = parentKey(type, field.to, row);
      return key === undefined ? [] : shown(plan, await operation.loaders.load(plan, key), { context, info });
    });
  }

  #plan<P extends QueryPlan>(
    plan: Plan<P>,
    type: TypeGraph,
    at: {
      readonly context: FieldContext;
      readonly info: GraphQLResolveInfo;
      readonly match: readonly string[] | null;
    },
  ): { readonly operation: Operation; readonly plan: P } {
    const operation = this.#operations.of(at.context, at.info);
    const make = () => plan(type, readSelection(at.info), operation.planContext(at.match));
    return { operation, plan: operation.plan(at.info, make) };
  }

  #typeOf(typeName: string): TypeGraph {
    const type = this.#graph.get(typeName);
    if (type === undefined) throw new Error(`the graph has no type ${typeName}`);
    return type;
  }
}

/** The groups that were asked for. That there are more of them is told beside the answer. */
function shown(
  { first }: AggregatePlan,
  rows: readonly SqlRow[],
  { context, info }: { readonly context: FieldContext; readonly info: GraphQLResolveInfo },
): readonly SqlRow[] {
  if (rows.length <= first) return rows;
  context.onTruncated?.(fieldPlace(info));
  return rows.slice(0, first);
}

/** `{ units { __typename } }` needs no statement. */
function hasNothingToRead(plan: QueryPlan): boolean {
  return plan.kind === "page" && !plan.rows && !plan.total;
}

/**
 * The row's part in a relation; undefined when it has none because a column is null. Rows of our statements carry the
 * texts; those that the gateway or a product's own code made carry the values.
 * @throws MeshError `access/column-denied`
 */
function parentKey(type: TypeGraph, columns: readonly string[], row: SqlRow): readonly string[] | undefined {
  const texts = row[keyColumn(columns)] as readonly (string | null)[] | undefined;
  if (texts !== undefined) return texts.every((text) => text !== null) ? texts : undefined;
  const missing = columns.find((column) => row[column] === undefined);
  if (missing !== undefined) throw columnDenied(type.model, missing, { use: "a relationship" });
  return keyTexts(type, columns, (column) => row[column]);
}
