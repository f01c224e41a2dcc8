import type { Deprecation } from "@thoth/contract/lifecycle/deprecation";
import { openBrownOut } from "@thoth/contract/lifecycle/lifecycle";
import { showDate } from "@thoth/contract/lifecycle/written-date";
import type { ProductModel } from "@thoth/contract/product-model";
import { camelCase } from "@thoth/kernel/names";
import type { Subgraph } from "@thoth/subgraph/subgraph";
import type { GraphQLSchema } from "graphql";
import { deprecationHeaders } from "./deprecation-headers.ts";
import { UsageDocuments, type UsedOperation } from "./usage-document.ts";
import { describeUsage } from "./usage-meaning.ts";
import type { Reads } from "./usage-reads.ts";

/** One entry of `extensions.deprecations`: an element of the operation that is on its way out. Dates as contracts write them. */
export interface DeprecationNotice {
  /** A root field, `units`, or a field of a type, `Unit.oldName`. */
  readonly element: string;
  readonly since?: string;
  /** From then on it may be gone. */
  readonly until?: string;
  /** Field to use instead. */
  readonly replacement?: string;
  readonly reason: string;
}

/** A deprecated element that an operation reads. */
export interface UsedDeprecation {
  readonly element: string;
  readonly model: ProductModel;
  readonly deprecation: Deprecation;
}

/** What the readers of one operation are told. */
export interface OperationNotices {
  readonly notices: readonly DeprecationNotice[];
  readonly headers: Readonly<Record<string, string>>;
  /** Whether any of the elements is switched off at that instant. */
  readonly brownOut: boolean;
}

/**
 * Which deprecated elements operations use: by selecting them, or in a filter, an order, a group or a measure. What is
 * told depends on the operation, its variables and the instant alone, so that it can be added to an answer from a cache.
 */
export class DeprecationNotices {
  readonly #documents: UsageDocuments;
  readonly #used = new WeakMap<Reads, readonly UsedDeprecation[]>();

  /** @param subgraphs all domains, also those that other processes serve */
  constructor(schema: GraphQLSchema, subgraphs: readonly Subgraph[]) {
    this.#documents = new UsageDocuments({ schema, meaning: describeUsage(subgraphs) });
  }

  /** What has been announced by then. @param now epoch ms */
  used(operation: UsedOperation, now: number): readonly UsedDeprecation[] {
    return this.#announced(operation).filter(({ deprecation }) => (deprecation.since ?? now) <= now);
  }

  /** Whether the clock has to do with the answer: something that the operation uses is on its way out, or will be. */
  concern(operation: UsedOperation): boolean {
    return this.#announced(operation).length > 0;
  }

  /** Undefined for an operation that uses nothing deprecated. */
  of(operation: UsedOperation, now: number): OperationNotices | undefined {
    const used = this.used(operation, now);
    if (used.length === 0) return undefined;
    const brownOut = used.some(({ deprecation }) => openBrownOut(deprecation, now) !== undefined);
    return { notices: used.map(noticeOf), headers: deprecationHeaders(used), brownOut };
  }

  #announced(operation: UsedOperation): readonly UsedDeprecation[] {
    const reads = this.#documents.readsOf(operation);
    const known = this.#used.get(reads) ?? reads.flatMap(usedOf);
    this.#used.set(reads, known);
    return known;
  }
}

/** Whether there is anything to tell of. */
export function hasDeprecations(subgraphs: readonly Subgraph[]): boolean {
  const models = subgraphs.flatMap(({ products }) => products);
  return models.some(
    ({ deprecation, columns }) => deprecation !== undefined || columns.some((each) => each.deprecation),
  );
}

function usedOf({ model, columns }: Reads[number]): UsedDeprecation[] {
  const { deprecation, fieldName: element } = model;
  const whole = deprecation === undefined ? [] : [{ element, model, deprecation }];
  const parts = model.columns.flatMap(({ name, deprecation: announced }) =>
    announced === undefined || !columns.includes(name) ? [] : [columnOf(model, name, announced)],
  );
  return [...whole, ...parts];
}

function columnOf(model: ProductModel, name: string, deprecation: Deprecation): UsedDeprecation {
  const { replacement } = deprecation;
  const element = `${model.typeName}.${camelCase(name)}`;
  return {
    element,
    model,
    deprecation: replacement === undefined ? deprecation : { ...deprecation, replacement: camelCase(replacement) },
  };
}

function noticeOf({ element, deprecation }: UsedDeprecation): DeprecationNotice {
  const { since, until, replacement, reason } = deprecation;
  return {
    element,
    ...(since !== undefined && { since: showDate(since) }),
    ...(until !== undefined && { until: showDate(until) }),
    ...(replacement !== undefined && { replacement }),
    reason,
  };
}
