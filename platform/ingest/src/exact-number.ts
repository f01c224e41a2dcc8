import { quoteLiteral } from "@thoth/warehouse/sql-text";

const whole =
  /^(U?(TINY|SMALL|BIG|HUGE)INT|U?INT(EGER)?|INT(1|2|4|8|16|32|64|128)|UINT(8|16|32|64|128)|SHORT|LONG|SIGNED)$/i;
const decimal = /^(?:DECIMAL|NUMERIC|DEC)(?:\((\d+)(?:,(\d+))?\))?$/i;

/** How many digits values of a type have behind the point; undefined for types that do not fix it. */
export function digitsBehindPoint(type: string): number | undefined {
  const text = type.replaceAll(/\s/g, "");
  if (whole.test(text)) return 0;
  const found = decimal.exec(text);
  if (found === null) return undefined;
  return found[1] === undefined ? 3 : Number(found[2] ?? 0);
}

/** Digits that every binary number carries; what it is written with beyond them is noise. */
const carriedDigits = 15;
const noise = 1e-15;

/**
 * SQL of a text as such a number, null where it is none or has more digits behind the point than the type: the engine alone
 * would round it. Zeros at the end are no digits, and neither is the noise of a binary number: 0.30000000000000004 is 0.30.
 */
export function exactNumber(text: string, type: string): string {
  const behind = digitsBehindPoint(type);
  const number = `TRY_CAST(${text} AS ${type})`;
  const plain = `[^.eE]*(?:\\.[0-9]{0,${behind}}0*)?\\s*|\\s*[-+]?0[xX].*`;
  const binary = `TRY_CAST(${text} AS DOUBLE)`;
  const digits = digitsOf(text);
  const allowed = `CASE WHEN length(${digits}) <= ${carriedDigits} THEN 0
WHEN ${digits} = ${digitsOf(`${binary}::VARCHAR`)} THEN ${noise} * abs(${binary}) END`;
  return `CASE WHEN regexp_full_match(${text}, ${quoteLiteral(plain)}) OR abs(${binary} - ${number}::DOUBLE) <= ${allowed} THEN ${number} END`;
}

/** SQL of the digits of a number that count. */
function digitsOf(text: string): string {
  return `trim(regexp_replace(${text}, '[eE].*$|[^0-9]', '', 'g'), '0')`;
}

const numberWithin =
  /\b(?:(?:DECIMAL|NUMERIC|DEC)(?:\s*\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\))?|U?(?:TINY|SMALL|BIG)INT|U?INT(?:EGER)?[1248]?)(?=\s*(?:[,)[]|$))/gi;
const mostDigits = 38;

/**
 * A list or a structure of which each number has room for more digits behind the point, as far as the engine has any;
 * undefined where no part of it is a number that fixes them.
 */
export function roomierType(type: string): string | undefined {
  const roomier = type.replaceAll(numberWithin, (_all, precision?: string, scale?: string) => {
    const before = precision === undefined ? 20 : Number(precision) - Number(scale ?? 0);
    const behind = Math.min(mostDigits - before, Math.max(Number(scale ?? 0), carriedDigits - before, 10));
    return `DECIMAL(${before + behind},${behind})`;
  });
  return roomier === type ? undefined : roomier;
}

/** The same as {@link exactNumber} for a list or a structure. @param castTo SQL of the value as a type */
export function exactNested(castTo: (type: string) => string, type: string): string {
  const value = `TRY(${castTo(type)})`;
  const roomier = roomierType(type);
  if (roomier === undefined) return value;
  return `CASE WHEN TRY(CAST(${value} AS ${roomier})) IS NOT DISTINCT FROM TRY(${castTo(roomier)}) THEN ${value} END`;
}
