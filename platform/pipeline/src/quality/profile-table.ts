import type { ColumnModel, ProductModel } from "@thoth/contract/product-model";
import type { ColumnProfile, ProductProfile } from "@thoth/control/quality-record";
import type { QueryEngine, SqlRow } from "@thoth/warehouse/query-engine";
import { quoteIdentifier } from "@thoth/warehouse/sql-text";
import { stagedTable } from "../check.ts";

/** What a profile says of the rows; whose they are is added when they are published. */
export type TableProfile = Pick<ProductProfile, "rowCount" | "sampledRows" | "durationMs" | "columns">;

/** Up to so many rows distinct values are counted; beyond they are estimated, with an error of a few percent. */
export const countedRows = 50_000;
/** Beyond this many rows quantiles and top values come from a sample of that size. */
const fullRows = 2_000_000;
/** Of a product with more columns, only nulls are counted in the others. */
export const fullColumns = 200;
/** Top values are counted for so many columns that have few distinct ones. */
const topColumns = 40;
const topDistinct = 1_000;
const topValues = 5;
const shownCharacters = 100;
const shares = [0.05, 0.25, 0.5, 0.75, 0.95];

/**
 * What the staged rows are like: one scan for everything but top values, a second one for those; a third over a sample
 * for quantiles of very large products. Nothing that shows a single value is taken from confidential columns.
 */
export async function profileTable(
  engine: QueryEngine,
  model: Pick<ProductModel, "tableName" | "columns">,
  { signal, sampleFrom = fullRows }: { readonly signal: AbortSignal; readonly sampleFrom?: number },
): Promise<TableProfile> {
  const startedAt = performance.now();
  const staged = stagedTable(model);
  const [counted] = await engine.query(`SELECT count(*) AS rows FROM ${staged}`, [], { signal });
  const rowCount = Number(counted?.rows);
  const isSampled = rowCount > sampleFrom;
  const from = isSampled
    ? `${staged} TABLESAMPLE system(${((100 * sampleFrom) / rowCount).toFixed(4)} PERCENT) REPEATABLE (1)`
    : staged;
  const plans = model.columns.map(planColumn);
  const [row = {}] = await engine.query(scanOf(plans, staged, { rowCount, withQuantiles: !isSampled }), [], { signal });
  const [sample = row] = isSampled ? await engine.query(sampleOf(plans, from), [], { signal }) : [];
  const columns = plans.map((plan) => readColumn(plan, row, sample, rowCount));
  const tops = await readTops(engine, plans, { columns, from, rowCount, signal });
  return {
    rowCount,
    sampledRows: Number(sample.rows),
    durationMs: performance.now() - startedAt,
    columns: columns.map((column) => ({ ...column, ...tops.get(column.name) })),
  };
}

interface ColumnPlan {
  readonly name: string;
  readonly sql: string;
  /** For the names of results: `n3`, `d3`. */
  readonly index: number;
  readonly isShown: boolean;
  readonly isCompared: boolean;
  /** Finite values as DOUBLE. */
  readonly number: string | undefined;
}

function planColumn({ name, sqlType, classification }: ColumnModel, index: number): ColumnPlan {
  const sql = quoteIdentifier(name);
  const isCompared = index < fullColumns && !/[[({]|JSON|BLOB|STRUCT|MAP/.test(sqlType.replace(/^DECIMAL\(.*\)$/, ""));
  const isShown = isCompared && (classification === "public" || classification === "internal");
  const isNumber = /^(U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER|FLOAT|DOUBLE|DECIMAL.*)$/.test(sqlType);
  const finite = /^(FLOAT|DOUBLE)$/.test(sqlType)
    ? `CASE WHEN isfinite(${sql}) THEN ${sql}::DOUBLE END`
    : `${sql}::DOUBLE`;
  return { name, sql, index, isShown, isCompared, number: isShown && isNumber ? finite : undefined };
}

function scanOf(
  plans: readonly ColumnPlan[],
  from: string,
  { rowCount, withQuantiles }: { readonly rowCount: number; readonly withQuantiles: boolean },
): string {
  const distinct = (sql: string) =>
    rowCount <= countedRows ? `count(DISTINCT ${sql})` : `approx_count_distinct(${sql})`;
  const items = plans.flatMap(({ sql, index, isCompared, isShown, number }) => [
    `count(${sql}) AS n${index}`,
    ...(isCompared ? [`${distinct(sql)} AS d${index}`] : []),
    ...(isShown
      ? [
          `left(min(${sql})::VARCHAR, ${shownCharacters}) AS l${index}`,
          `left(max(${sql})::VARCHAR, ${shownCharacters}) AS h${index}`,
        ]
      : []),
    ...(number === undefined ? [] : [`avg(${number}) AS a${index}`]),
    ...(withQuantiles ? quantileOf(number, index) : []),
  ]);
  return `SELECT count(*) AS rows, ${items.join(",\n")} FROM ${from}`;
}

function sampleOf(plans: readonly ColumnPlan[], from: string): string {
  const items = plans.flatMap(({ number, index }) => quantileOf(number, index));
  return `SELECT ${["count(*) AS rows", ...items].join(",\n")} FROM ${from}`;
}

function quantileOf(number: string | undefined, index: number): string[] {
  return number === undefined ? [] : [`approx_quantile(${number}, [${shares.join(", ")}]) AS q${index}`];
}

function readColumn(plan: ColumnPlan, row: SqlRow, sample: SqlRow, rowCount: number): ColumnProfile {
  const { name, index } = plan;
  const present = Number(row[`n${index}`]);
  const distinct = row[`d${index}`];
  const [low, high, mean, quantiles] = [row[`l${index}`], row[`h${index}`], row[`a${index}`], sample[`q${index}`]];
  return {
    name,
    nulls: rowCount - present,
    // The estimate may exceed what is possible.
    ...(distinct != null && { distinct: Math.min(Number(distinct), present) }),
    ...(low != null && { minimum: String(low) }),
    ...(high != null && { maximum: String(high) }),
    ...(typeof mean === "number" && { mean }),
    ...(Array.isArray(quantiles) && { quantiles: quantiles.map(Number) }),
  };
}

interface TopOptions {
  readonly columns: readonly ColumnProfile[];
  readonly from: string;
  readonly rowCount: number;
  readonly signal: AbortSignal;
}

/** Counts the values of several columns in one scan. */
async function readTops(
  engine: QueryEngine,
  plans: readonly ColumnPlan[],
  { columns, from, rowCount, signal }: TopOptions,
): Promise<Map<string, Pick<ColumnProfile, "top">>> {
  const few = plans.filter(({ isShown, index }) => {
    const { distinct = 0 } = columns[index] ?? {};
    // Where hardly any value comes twice, none is frequent.
    return isShown && distinct > 0 && distinct <= topDistinct && (distinct === 1 || distinct * 2 <= rowCount);
  });
  const chosen = few.slice(0, topColumns);
  if (chosen.length === 0) return new Map();
  const names = chosen.map(({ sql }) => sql).join(", ");
  const values = chosen.map(({ sql }) => `${sql}::VARCHAR`).join(", ");
  const rows = await engine.query(
    `SELECT which, left(value, ${shownCharacters}) AS value, count FROM (
  SELECT grouping(${names}) AS which, coalesce(${values}) AS value, count(*) AS count
  FROM ${from} GROUP BY GROUPING SETS (${chosen.map(({ sql }) => `(${sql})`).join(", ")})
) WHERE value IS NOT NULL
QUALIFY row_number() OVER (PARTITION BY which ORDER BY count DESC, value) <= ${topValues}
ORDER BY which, count DESC, value`,
    [],
    { signal },
  );
  const byMask = Map.groupBy(rows, (row) => Number(row.which));
  return new Map(
    chosen.map(({ name }, index) => {
      // The first column is the highest bit, and the bit of the one that is grouped by is not set.
      const mask = 2 ** chosen.length - 1 - 2 ** (chosen.length - 1 - index);
      const top = (byMask.get(mask) ?? []).map((row) => ({ value: String(row.value), count: Number(row.count) }));
      return [name, { top }];
    }),
  );
}
