import type { TextPlace } from "../sql-place.ts";

/** The value itself comes from there. Words and meaning are OpenLineage's. */
export type DirectKind = "IDENTITY" | "TRANSFORMATION" | "AGGREGATION";

/** The value, or whether its row exists, depends on what stands there. Words and meaning are OpenLineage's. */
export type IndirectKind = "JOIN" | "GROUP_BY" | "FILTER" | "SORT" | "WINDOW" | "CONDITIONAL";

export type InfluenceKind = DirectKind | IndirectKind;

/** A column of a table that a query reads, named as the engine names it. */
export interface SourceColumn {
  readonly catalog: string;
  readonly schema: string;
  readonly table: string;
  readonly column: string;
}

export interface Influence {
  readonly from: SourceColumn;
  readonly kind: InfluenceKind;
  /** Only a hash of the value gets through. */
  readonly masking: boolean;
}

/** Something that could not be traced, and where it stands. */
export interface UnknownInfluence extends TextPlace {
  readonly reason: string;
}

/** An untraced part of a plan. */
export interface PlanUnknown {
  readonly reason: string;
  /** UTF-8 byte offset in the text; undefined when the engine does not say. */
  readonly offset: number | undefined;
}

/** What one column, or the presence of rows, depends on. Immutable; keyed so that each dependency stands once. */
export type Influences = ReadonlyMap<string, PlanInfluence>;

export interface PlanInfluence {
  readonly from: SourceColumn | PlanUnknown;
  /** Equal for equal `from`. */
  readonly identity: string;
  readonly kind: InfluenceKind;
  readonly masking: boolean;
}

export const noInfluences: Influences = new Map();

export function isDirect(kind: InfluenceKind): kind is DirectKind {
  return kind === "IDENTITY" || kind === "TRANSFORMATION" || kind === "AGGREGATION";
}

export function influenceOf(from: SourceColumn | PlanUnknown): Influences {
  return gather([{ from, identity: JSON.stringify(Object.values(from)), kind: "IDENTITY", masking: false }]);
}

export function together(parts: readonly Influences[]): Influences {
  const filled = parts.filter((part) => part.size > 0);
  return filled.length < 2 ? (filled[0] ?? noInfluences) : gather(filled.flatMap((part) => [...part.values()]));
}

/** What depends on something that depends on these: a sum of a column that is itself a case is both. */
export function passedThrough(influences: Influences, outer: InfluenceKind, masking = false): Influences {
  if (influences.size === 0 || (outer === "IDENTITY" && !masking)) return influences;
  return gather(
    [...influences.values()].map((inner) => ({
      ...inner,
      kind: composed(outer, inner.kind),
      masking: inner.masking || masking,
    })),
  );
}

function composed(outer: InfluenceKind, inner: InfluenceKind): InfluenceKind {
  if (!isDirect(outer)) return outer;
  if (!isDirect(inner)) return inner;
  if (outer === "IDENTITY") return inner;
  return inner === "AGGREGATION" ? inner : outer;
}

/** One clear way is enough for a value to be known in the clear. */
function gather(list: readonly PlanInfluence[]): Influences {
  const gathered = new Map<string, PlanInfluence>();
  for (const influence of list) {
    const key = `${influence.kind} ${influence.identity}`;
    const known = gathered.get(key);
    if (known === undefined) gathered.set(key, influence);
    else if (known.masking && !influence.masking) gathered.set(key, { ...known, masking: false });
  }
  return gathered;
}
