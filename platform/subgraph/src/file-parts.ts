import { hidesRows } from "@thoth/access/row-barrier";
import { quoteIdentifier } from "@thoth/warehouse/sql-text";
import { columnType } from "./column-type.ts";
import { termsSql } from "./compile-page.ts";
import type { Statement } from "./compile-sql.ts";
import type { CursorPlace } from "./cursor.ts";
import {
  bytesOfNumber,
  bytesOfPart,
  type FileOutline,
  type FilePart,
  partRowsSql,
  partScale,
  partsOf,
  placeSql,
  readPlaces,
  rowsOfOnePart,
} from "./file-outline.ts";
import type { FilePlan } from "./file-plan.ts";
import { SqlParameters } from "./sql-parameters.ts";

/** Asks the engine for one row. */
export type Look = (statement: Statement) => Promise<Readonly<Record<string, unknown>>>;

/**
 * The parts of a file, none with more bytes of values than may be held and one row more: those whose texts are longer than
 * was thought are cut again, one by one, when it is their turn.
 */
export async function* sizedParts(
  plan: FilePlan,
  outline: FileOutline,
  look: Look,
  limitBytes = bytesOfPart * partScale(plan),
): AsyncGenerator<FilePart, void, void> {
  const mayBeLong = hasTexts(plan) && !(await areAllShort(outline, { plan, look, limitBytes }));
  for (const part of partsOf(outline)) {
    const cuts = mayBeLong ? await cutsWithin(part, { plan, look, limitBytes }) : [];
    for (const [index, upTo] of [...cuts, part.upTo].entries())
      yield { isFirst: part.isFirst && index === 0, behind: cuts[index - 1] ?? part.behind, upTo };
  }
}

interface Sizing {
  readonly plan: FilePlan;
  readonly look: Look;
  readonly limitBytes: number;
}

/**
 * Whether no part can be long, as the longest row tells. Where rows are hidden, adding up one part takes as long as looking
 * at all rows, so that is done once for all parts.
 */
async function areAllShort({ cuts, ...rest }: FileOutline, { plan, look, limitBytes }: Sizing): Promise<boolean> {
  if (cuts.length === 0 || !hidesRows(plan.decision)) return false;
  const [all] = partsOf({ ...rest, cuts: [] });
  if (all === undefined) return false;
  const parameters = new SqlParameters();
  const rows = partRowsSql(plan, all, parameters);
  const sql = `SELECT CAST(max(${rowSizeSql(plan)}) AS DOUBLE) AS bytes FROM (${rows})`;
  const { bytes } = await look({ sql, params: parameters.values });
  return Number(bytes) * rowsOfOnePart(plan) <= limitBytes;
}

/** Most parts are short, which adding up tells in a tenth of the time. */
async function cutsWithin(part: FilePart, { plan, look, limitBytes }: Sizing): Promise<readonly CursorPlace[]> {
  const { bytes } = await look(sizeStatement(plan, part));
  return Number(bytes) <= limitBytes ? [] : readPlaces(await look(sizedCutsStatement(plan, part, limitBytes)));
}

/**
 * Adds up how long the values are, in the file's order, and finds the rows at which each limit is reached. One row: `places`,
 * without the part's last row.
 */
function sizedCutsStatement(plan: FilePlan, part: FilePart, limitBytes: number): Statement {
  const parameters = new SqlParameters();
  const rows = partRowsSql(plan, part, parameters);
  const columns = plan.order.map(({ column }) => quoteIdentifier(column)).join(", ");
  const order = termsSql(plan.order);
  // The texts stay behind here: what is put in order and numbered is small.
  const sized = `SELECT ${columns}, ${rowSizeSql(plan)} AS "$size" FROM (${rows})`;
  const numbered = `SELECT ${placeSql(plan.order)} AS "$place", row_number() OVER (ORDER BY ${order}) AS "$n", (sum("$size") OVER (ORDER BY ${order} ROWS UNBOUNDED PRECEDING) - "$size") // ${limitBytes} AS "$part" FROM (${sized})`;
  const followed = `SELECT *, lead("$part") OVER (ORDER BY "$n") AS "$next" FROM (${numbered})`;
  const sql = `SELECT list("$place" ORDER BY "$n") AS places FROM (${followed}) WHERE "$next" > "$part"`;
  return { sql, params: parameters.values };
}

/** Rows of a group of a Parquet file, which is held until it is written: 64 MB of values, about. */
export async function rowsOfGroup(plan: FilePlan, outline: FileOutline, look: Look): Promise<number> {
  const [first] = partsOf({ ...outline, cuts: [] });
  if (first === undefined) return mostOfGroup;
  const { total, bytes } = await look(sizeStatement(plan, first));
  const bytesOfRow = Number(bytes) / Math.max(1, Number(total));
  return Math.min(mostOfGroup, Math.max(leastOfGroup, Math.floor((8 * bytesOfPart) / Math.max(1, bytesOfRow))));
}

/** What the engine writes together by itself, and the fewest rows that it does. */
const mostOfGroup = 122_880;
const leastOfGroup = 2_048;

/** One row: `total`, `bytes`. */
function sizeStatement(plan: FilePlan, part: FilePart): Statement {
  const parameters = new SqlParameters();
  const rows = partRowsSql(plan, part, parameters);
  const sql = `SELECT count(*) AS total, CAST(coalesce(sum(${rowSizeSql(plan)}), 0) AS DOUBLE) AS bytes FROM (${rows})`;
  return { sql, params: parameters.values };
}

/** SQL of how long the values of a row are together, bytes, about. */
function rowSizeSql({ columns }: FilePlan): string {
  const texts = columns.flatMap((column) => textSql(column) ?? []);
  return [bytesOfNumber * columns.length, ...texts.map((text) => `coalesce(strlen(${text}), 0)`)].join(" + ");
}

function hasTexts({ columns }: FilePlan): boolean {
  return columns.some((column) => textSql(column) !== undefined);
}

/** SQL of a column's text where its length is not known beforehand. */
function textSql(column: FilePlan["columns"][number]): string | undefined {
  const name = quoteIdentifier(column.name);
  switch (columnType(column).kind) {
    case "string":
      return name;
    case "json":
    case "list":
      return `CAST(to_json(${name}) AS VARCHAR)`;
    default:
      return undefined;
  }
}
