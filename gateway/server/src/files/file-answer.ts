import { hidesRows } from "@thoth/access/row-barrier";
import {
  countStatement,
  cutsStatement,
  endStatement,
  extentOf,
  type FileOutline,
  type FilePart,
  readCuts,
} from "@thoth/subgraph/file-outline";
import { type Look, sizedParts } from "@thoth/subgraph/file-parts";
import { type FilePlan, planFile } from "@thoth/subgraph/file-plan";
import { effortOf, type QueryCost } from "@thoth/subgraph/query-cost";
import type { FileSources } from "@thoth/subgraph/served-files";
import type { HeldSnapshot } from "@thoth/warehouse/attached-snapshots";
import { warehouseError } from "@thoth/warehouse/errors";
import type { QueryOptions, ServingEngine } from "@thoth/warehouse/query-engine";
import { arrowBody } from "./arrow-body.ts";
import { columnsInBrownOut, type FileChoice } from "./file-choice.ts";
import type { FileFormat } from "./file-request.ts";
import { textBody } from "./text-body.ts";

export interface ReadingParts {
  readonly engine: ServingEngine;
  readonly sources: FileSources;
}

export interface Reading {
  readonly signal: AbortSignal;
  readonly cost: QueryCost;
}

/** One state of a product while a file is made of it. Disposing lets go of it. */
export interface OpenedFile extends AsyncDisposable {
  /** Over the state that is held. */
  readonly plan: FilePlan;
  readonly outline: FileOutline;
  readonly look: Look;
  /** The first piece is ready when this resolves. */
  body(format: StreamFormat, options: { readonly safe: boolean }): Promise<AsyncIterable<Uint8Array>>;
}

/** One after another, as they are asked for. */
export type FileParts = AsyncIterable<FilePart>;

export type StreamFormat = Exclude<FileFormat, "parquet">;

/**
 * Holds the state, so that what is published meanwhile changes nothing, and counts the rows.
 * @throws MeshError `warehouse/no-snapshot`, and those of reading
 */
export async function openFile(parts: ReadingParts, choice: FileChoice, reading: Reading): Promise<OpenedFile> {
  const { engine, sources } = parts;
  const { snapshot } = choice;
  await using opening = new AsyncDisposableStack();
  const held = opening.use(await sources.states.hold(snapshot, sources.shownAs?.(snapshot)));
  const plan = planOver(choice, held);
  const whole = effortOf(reading.cost);
  const look: Look = async ({ sql, params }) =>
    (await engine.query(sql, params, { signal: reading.signal, effort: whole / 10, once: true }))[0] ?? {};
  const outline = await outlineOf(plan, look);
  const effort = effortOf(costOfPart(reading.cost, plan, outline));
  const options: QueryOptions = { signal: reading.signal, effort, once: true };
  const holding = opening.move();
  return {
    plan,
    outline,
    look,
    body: (format, { safe }) => {
      const parts = sizedParts(plan, outline, look);
      return format === "arrow"
        ? arrowBody({ plan, parts }, (statement) => sources.states.batches(statement.sql, statement.params, options))
        : textBody({ plan, parts, options: { format, safe } }, (statement) =>
            engine.bytes(statement.sql, statement.params, options),
          );
    },
    [Symbol.asyncDispose]: () => holding.disposeAsync(),
  };
}

async function outlineOf(plan: FilePlan, look: Look): Promise<FileOutline> {
  const total = Number((await look(countStatement(plan))).total);
  const ending = endStatement(plan, total);
  const extent = extentOf(plan, total, ending && (await look(ending)).place);
  const cutting = cutsStatement(plan, extent);
  return { ...extent, cuts: cutting === undefined ? [] : readCuts(await look(cutting)) };
}

/** Where rows are hidden, each part is found by looking at all that are seen. */
function costOfPart({ scanned, written }: QueryCost, { decision }: FilePlan, { cuts }: FileOutline): QueryCost {
  const parts = cuts.length + 1;
  return { scanned: hidesRows(decision) ? scanned : scanned / parts, written: written / parts };
}

/** The same question to the state that is held, which may have fewer columns than the contract has now. */
export function planOver({ model, decision, question, now }: FileChoice, held: HeldSnapshot): FilePlan {
  const columns = held.tables.get(model.tableName);
  const { domain, product } = model;
  if (columns === undefined) throw warehouseError["no-snapshot"]({ domain, product });
  const leftOut = columnsInBrownOut(model, now);
  return planFile({ ...model, catalogName: held.catalog }, question, { decision, now, held: columns, leftOut });
}
