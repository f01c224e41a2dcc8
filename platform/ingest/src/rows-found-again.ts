import { quoteIdentifier } from "@thoth/warehouse/sql-text";
import type { PartReading, Stream } from "./connector.ts";

/** Which rows of the raw table a part that was read again takes the place of, as conditions in SQL. */
export interface FoundAgain {
  /** Rows of an alias in the part from `$1` up to `$2`, microseconds since 1970. */
  part(alias: string): string;
  /** Rows of the raw table, called `landed`, that the rows of the part aside replace. */
  readonly replaced: string;
  /** Rows aside that no load has landed yet: they are the next one's, which would add them a second time. */
  readonly unlanded: string;
}

export interface AsideTables {
  readonly raw: string;
  readonly aside: string;
}

/** What came from a file that is still there is replaced by what that file holds now. */
export function foundInFiles(stream: Stream, { raw, aside }: AsideTables): FoundAgain {
  if (stream.eventTime === undefined) throw new Error(`raw.${stream.name} has no event time`);
  const part = partBy(stream.eventTime);
  return {
    part,
    replaced: `${part("landed")} AND landed._source IN (SELECT _source FROM ${aside})`,
    unlanded: `_source NOT IN (SELECT _source FROM ${raw})${landedElsewhere(stream, raw, aside)}`,
  };
}

/** What is collected lands once, wherever it came from first: the segment that it landed from may be gone. */
function landedElsewhere({ readHistory, key = [] }: Stream, raw: string, aside: string): string {
  if (readHistory === undefined) return "";
  const same = key.map((name) => `landed.${quoteIdentifier(name)} = ${aside}.${quoteIdentifier(name)}`).join(" AND ");
  const landed = `SELECT 1 FROM ${raw} AS landed WHERE ${same} AND landed._source`;
  return ` OR (EXISTS (${landed} <> ${aside}._source) AND NOT EXISTS (${landed} = ${aside}._source))`;
}

export interface KeyedTables extends AsideTables {
  /** With the keys of all rows that the source has; undefined where it cannot tell them. */
  readonly keys: string | undefined;
}

/**
 * A version of a row takes the place of the same version. Older versions stay, for the source has none of them any more;
 * so do newer ones. What of the part has left the source leaves the raw table, unless the stream marks it as deleted.
 */
export function foundInParts(stream: Stream, parts: PartReading, { raw, aside, keys }: KeyedTables): FoundAgain {
  const part = partBy(parts.by);
  const [key, version] = [parts.key, parts.version].map(quoteIdentifier) as [string, string];
  const marks = stream.columns.some(({ name }) => name === "_deleted_at");
  const same = (one: string, other: string) =>
    `${one}.${key} = ${other}.${key} AND ${one}.${version} = ${other}.${version}`;
  const again = `EXISTS (SELECT 1 FROM ${aside} AS now WHERE ${same("now", "landed")} AND ${part("now")})`;
  const gone =
    keys === undefined
      ? `NOT EXISTS (SELECT 1 FROM ${aside} AS now WHERE now.${key} = landed.${key})
AND NOT EXISTS (SELECT 1 FROM ${raw} AS later WHERE later.${key} = landed.${key} AND later.${version} > landed.${version})`
      : `NOT EXISTS (SELECT 1 FROM ${keys} AS held WHERE held.${key} = landed.${key})`;
  const newest = `(SELECT max(${version}) FROM ${raw})`;
  return {
    part,
    replaced: marks ? again : `(${again} OR (${part("landed")} AND ${gone}))`,
    unlanded: `${version} > ${newest} OR (${version} = ${newest}
AND NOT EXISTS (SELECT 1 FROM ${raw} AS landed WHERE ${same("landed", aside)}))`,
  };
}

function partBy(column: string): (alias: string) => string {
  return (alias) => {
    const at = `${alias}.${quoteIdentifier(column)}::TIMESTAMP`;
    return `${at} >= make_timestamp($1::BIGINT) AND ${at} < make_timestamp($2::BIGINT)`;
  };
}
