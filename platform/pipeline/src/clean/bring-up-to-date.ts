import type { SqlAnalysis } from "@thoth/warehouse/analyse-sql";
import type { SqlFile } from "../domain.ts";
import { surroundings } from "../input-fingerprint.ts";
import type { JobContext } from "../job-context.ts";
import { isStatementFault } from "../query-failure.ts";
import { fingerprintOf } from "../table-states.ts";
import { readProgress } from "./clean-progress.ts";
import { type CleanShape, type Maintained, recogniseShape } from "./clean-shape.ts";
import { type ComputedClean, computeInFull } from "./compute-in-full.ts";
import { maintain } from "./maintain.ts";

export interface CleanQuery {
  readonly query: SqlFile;
  readonly analysis: SqlAnalysis;
  /** Of the query and everything it reads. */
  readonly fingerprint: string;
}

export type CleanContext = Pick<
  JobContext,
  "mesh" | "domain" | "engine" | "streams" | "tables" | "runId" | "full" | "signal"
>;

/** Computes a cleaned table from new rows where that gives what the whole query would give, and in full elsewhere. */
export async function bringUpToDate(clean: CleanQuery, context: CleanContext): Promise<ComputedClean> {
  const streams = context.domain.sources.flatMap((source) => source.streams);
  const keyOf = (table: string) => streams.find(({ name }) => name.toLowerCase() === table)?.key ?? [];
  const shape = await recogniseShape(context.engine, clean.analysis.statement, keyOf);
  const definition = shape.kind === "other" ? undefined : await definitionOf(shape, clean, context);
  const merged = await tryToMaintain(clean, shape, definition, context);
  return typeof merged === "string" ? computeSoundly(clean, { shape, definition, why: merged }, context) : merged;
}

/** What must be the same for the rows that are there to be still right. */
async function definitionOf(shape: Maintained, { analysis }: CleanQuery, context: CleanContext): Promise<string> {
  const [engine] = await context.engine.query("SELECT version() AS version");
  const { columns, sourceColumns: rawColumns, layer, source, joined } = shape;
  // What is newer is in it only where it is used, so that tables of before there was any stay what they are.
  const newer = { ...(joined.length > 0 && { joined }), ...(layer === "clean" && { layer }) };
  const parts = [JSON.stringify({ source, columns, rawColumns, engine: engine?.version, ...newer })];
  return fingerprintOf(analysis.statement, [...parts, ...surroundings(analysis, context)]);
}

/** @returns why the table has to be computed in full, when it has to be */
async function tryToMaintain(
  clean: CleanQuery,
  shape: CleanShape,
  definition: string | undefined,
  context: CleanContext,
): Promise<ComputedClean | string> {
  const { engine, tables, full, signal } = context;
  const { table } = clean.query;
  if (shape.kind === "other") return shape.why;
  if (full) return "everything was asked for";
  const before = tables.of("clean", table);
  const since = await readProgress(engine, table);
  if (before === undefined || since === undefined) return "it is the first time";
  if (since.definition !== definition) return "the query, its columns or the engine are not what they were";
  try {
    return await maintain({ ...clean, shape, since, before }, context);
  } catch (failure) {
    signal.throwIfAborted();
    if (!isStatementFault(failure)) throw failure;
    return "the new rows alone could not be computed";
  }
}

interface FullPlan {
  readonly shape: CleanShape;
  readonly definition: string | undefined;
  readonly why: string;
}

/** A query that fails with our order added is run as it stands in the file, where the failure has a place. */
async function computeSoundly(clean: CleanQuery, plan: FullPlan, context: CleanContext): Promise<ComputedClean> {
  const { shape, definition, why } = plan;
  if (shape.kind === "other" || definition === undefined) return computeInFull(clean, { why }, context);
  try {
    return await computeInFull(clean, { why, maintained: { shape, definition } }, context);
  } catch (failure) {
    context.signal.throwIfAborted();
    if (!isStatementFault(failure)) throw failure;
    return await computeInFull(clean, { why }, context);
  }
}
