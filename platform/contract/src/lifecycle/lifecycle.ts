import { majorOf } from "@thoth/kernel/major-names";
import type { Agreement, ObservedUse } from "../impact/impact.ts";
import type { ProductModel } from "../product-model.ts";
import type { Deprecation, TimeWindow } from "./deprecation.ts";

/** A served version of a product, or a column of it, as far as its end is concerned. */
export interface LifecycleElement {
  /** `ontrack-learning/units` */
  readonly product: string;
  /** Version of its contract; uses and names are those of its major version. */
  readonly version: string;
  /** Undefined: the version as a whole. */
  readonly column: string | undefined;
  /** Absent while nothing has been announced. */
  readonly deprecation: Deprecation | undefined;
  /** Its retirement has been released: nobody is served it any more. */
  readonly gone: boolean;
}

/** `active` → `deprecated` → now and then `brown-out` → `retired`; never back. */
export type LifecycleState = "active" | "deprecated" | "brown-out" | "retired";

/** Why an element cannot be retired now. */
export type Blocker =
  | { readonly kind: "not-deprecated" }
  | { readonly kind: "no-end-announced" }
  | { readonly kind: "date"; readonly until: number }
  | { readonly kind: "not-counted"; readonly countedSince: number }
  | { readonly kind: "in-use"; readonly lastReadAt: number; readonly uses: readonly ObservedUse[] }
  | { readonly kind: "agreement"; readonly agreements: readonly Agreement[] };

/** Instants are epoch ms. */
export interface Lifecycle {
  readonly element: LifecycleElement;
  readonly state: LifecycleState;
  /** When the state began; undefined where nobody has written that down. */
  readonly since: number | undefined;
  /** What comes next, and when at the earliest; undefined when nothing is announced, or nothing can follow. */
  readonly next: { readonly state: LifecycleState; readonly at: number | undefined } | undefined;
  /** What keeps it from being retired; nothing does when empty. */
  readonly blockers: readonly Blocker[];
}

export interface LifecycleFacts {
  /** Epoch ms. */
  readonly now: number;
  readonly uses: readonly ObservedUse[];
  /** Since when anybody counts uses; what was read before is not known. Absent: since long ago. */
  readonly countedSince?: number;
  readonly agreements: readonly Agreement[];
}

const hour = 3_600_000;
/** Who read an element within so many days counts as using it. */
export const quietDays = 30;

/** Where an element stands on its way out, and what keeps it from going. */
export function judgeLifecycle(element: LifecycleElement, facts: LifecycleFacts): Lifecycle {
  const { deprecation, gone } = element;
  if (gone) return { element, state: "retired", since: deprecation?.until, next: undefined, blockers: [] };
  const { state, since, next } = place(deprecation, facts.now);
  return { element, state, since, next, blockers: blockersOf(element, facts) };
}

/** The version as a whole, when it is on its way out, and every column of it that is. */
export function deprecatedElements(model: ProductModel): LifecycleElement[] {
  const of = { product: model.id, version: model.version, gone: false };
  const whole = model.deprecation === undefined ? [] : [{ ...of, column: undefined, deprecation: model.deprecation }];
  const columns = model.columns.flatMap(({ name, deprecation }) =>
    deprecation === undefined ? [] : [{ ...of, column: name, deprecation }],
  );
  return [...whole, ...columns];
}

/** The window that is open at that instant. */
export function openBrownOut({ brownOuts }: Pick<Deprecation, "brownOuts">, now: number): TimeWindow | undefined {
  return brownOuts.find(({ from, to }) => from <= now && now < to);
}

type Place = Pick<Lifecycle, "state" | "since" | "next">;

function place(deprecation: Deprecation | undefined, now: number): Place {
  if (deprecation === undefined) return { state: "active", since: undefined, next: undefined };
  const { since, until, brownOuts } = deprecation;
  if (since !== undefined && now < since)
    return { state: "active", since: undefined, next: { state: "deprecated", at: since } };
  const open = openBrownOut(deprecation, now);
  if (open !== undefined) return { state: "brown-out", since: open.from, next: { state: "deprecated", at: open.to } };
  const coming = brownOuts.find(({ from }) => from > now && (until === undefined || from < until));
  if (coming !== undefined) return { state: "deprecated", since, next: { state: "brown-out", at: coming.from } };
  return { state: "deprecated", since, next: { state: "retired", at: until } };
}

function blockersOf(element: LifecycleElement, { now, uses, countedSince, agreements }: LifecycleFacts): Blocker[] {
  const quiet = quietDays * 24 * hour;
  const recent = uses.filter((use) => concerns(element, use) && now - use.lastReadAt < quiet + hour);
  const active = agreements.filter((agreement) => grants(element, agreement) && (agreement.until ?? Infinity) > now);
  const lastReadAt = Math.max(...recent.map((use) => use.lastReadAt));
  return [
    ...dateBlockers(element.deprecation, now),
    ...(countedSince === undefined || countedSince <= now - quiet
      ? []
      : [{ kind: "not-counted" as const, countedSince }]),
    ...(recent.length === 0 ? [] : [{ kind: "in-use" as const, lastReadAt, uses: recent }]),
    ...(active.length === 0 ? [] : [{ kind: "agreement" as const, agreements: active }]),
  ];
}

function dateBlockers(deprecation: Deprecation | undefined, now: number): Blocker[] {
  if (deprecation === undefined || (deprecation.since ?? now) > now) return [{ kind: "not-deprecated" }];
  const { until } = deprecation;
  if (until === undefined) return [{ kind: "no-end-announced" }];
  return now < until ? [{ kind: "date", until }] : [];
}

/** Uses are told with the start of their hour. One without a column is of the product as a whole. */
function concerns({ product, version, column }: LifecycleElement, use: ObservedUse): boolean {
  return (
    use.product === product &&
    majorOf(use.version) === majorOf(version) &&
    (column === undefined || use.column === column)
  );
}

function grants({ product, column }: LifecycleElement, agreement: Agreement): boolean {
  if (agreement.product !== product) return false;
  return column === undefined || agreement.columns === undefined || agreement.columns.includes(column);
}
