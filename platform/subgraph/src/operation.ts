import type { Decision } from "@thoth/access/decision";
import type { ProductModel } from "@thoth/contract/product-model";
import type { GraphQLResolveInfo } from "graphql";
import { subgraphError } from "./errors.ts";
import { RelationLoaders } from "./relation-loader.ts";
import type { FieldContext, SubgraphContext } from "./subgraph.ts";
import type { PlanContext } from "./table-access.ts";

type ExecutionInfo = Pick<GraphQLResolveInfo, "variableValues" | "path" | "parentType" | "fieldName">;

/** What the resolvers of one execution share. */
export class Operation {
  readonly context: SubgraphContext;
  readonly loaders: RelationLoaders;
  readonly #decisions = new Map<string, Decision>();
  readonly #plans = new Map<string, unknown>();
  readonly #reported = new Set<string>();

  constructor(context: SubgraphContext) {
    this.context = context;
    this.loaders = new RelationLoaders(context);
  }

  planContext(match: readonly string[] | null): PlanContext {
    return { decide: this.decide, now: this.context.now, match };
  }

  readonly decide = (product: ProductModel): Decision => {
    const known = this.#decisions.get(versionOf(product)) ?? this.context.decide(product);
    this.#decisions.set(versionOf(product), known);
    return known;
  };

  /** Plans a field once for all its parents: what is selected below it is the same for each. */
  plan<Plan>(info: ExecutionInfo, make: () => Plan): Plan {
    const place = fieldPlace(info);
    const known = this.#plans.get(place);
    if (known !== undefined) return known as Plan;
    const plan = make();
    this.#plans.set(place, plan);
    return plan;
  }

  /** True the first time a field reports a failure: one failed statement is one error, not one per row. */
  isFirstReport(info: ExecutionInfo): boolean {
    const place = fieldPlace(info);
    const first = !this.#reported.has(place);
    this.#reported.add(place);
    return first;
  }
}

/** Major versions that are served side by side have one id and decisions of their own. */
function versionOf({ id, version }: ProductModel): string {
  return `${id}@${version}`;
}

/**
 * Finds the operation of an execution. Its variable values are one object per execution, whatever document is reused; the
 * context comes first, so that no executor's shortcut can hand one principal's decisions to another.
 */
export class Operations {
  readonly #running = new WeakMap<SubgraphContext, WeakMap<object, Operation>>();

  /** @throws MeshError `subgraph/context-missing` */
  of(given: FieldContext | undefined, info: ExecutionInfo): Operation {
    // Only here: no field gets it in its hands.
    const context = given as SubgraphContext | undefined;
    if (context?.engine === undefined) {
      throw subgraphError["context-missing"]({ field: `${info.parentType.name}.${info.fieldName}` });
    }
    const executions = this.#running.get(context) ?? new WeakMap<object, Operation>();
    this.#running.set(context, executions);
    const operation = executions.get(info.variableValues) ?? new Operation(context);
    executions.set(info.variableValues, operation);
    return operation;
  }
}

/** Response path without list indices: `units.nodes.functionUsage`. */
export function fieldPlace({ path }: ExecutionInfo): string {
  const keys: string[] = [];
  for (let at: typeof path | undefined = path; at !== undefined; at = at.prev) {
    if (typeof at.key === "string") keys.push(at.key);
  }
  return keys.reverse().join(".");
}
