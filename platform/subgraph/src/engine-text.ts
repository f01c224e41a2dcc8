import type { ColumnType } from "./column-type.ts";
import { isDay, parseMoment } from "./moment.ts";

/** True when the text is what the engine writes for a value of the type, so that casting it back cannot fail. */
export function isEngineText(type: ColumnType, text: string): boolean {
  switch (type.kind) {
    case "int":
    case "bigint":
      return /^-?\d{1,40}$/.test(text) && inRange(type, BigInt(text));
    case "decimal":
      return isDecimal(type, text);
    case "float":
      return /^-?\d+(\.\d+)?(e[+-]?\d+)?$/.test(text) && Number.isFinite(Number(text));
    case "boolean":
      return text === "true" || text === "false";
    case "date":
      return isInfinite(text) || isDay(nearYear(text));
    case "timestamp":
      return isInfinite(text) || isMoment(nearYear(text), type.zoned === true);
    case "time":
      return /^([01]\d|2[0-4]):[0-5]\d:[0-5]\d(\.\d{1,6})?$/.test(text);
    default:
      return true;
  }
}

/** Years of five digits and those before Christ are beyond our calendar: the rest is checked as if in 2000. */
function nearYear(text: string): string {
  return text.replace(/^\d{5,6}(?=-)/, "2000").replace(/^\d{4}(.*) \(BC\)$/, "2000$1");
}

function inRange(type: ColumnType, value: bigint): boolean {
  return type.range === undefined || (value >= type.range[0] && value <= type.range[1]);
}

function isDecimal(type: ColumnType, text: string): boolean {
  const [width, scale] = type.digits ?? [38, 0];
  const [, whole = "", fraction = ""] = /^-?(\d+)(?:\.(\d+))?$/.exec(text) ?? [];
  return whole !== "" && whole.replace(/^0+/, "").length <= width - scale && fraction.length <= scale;
}

function isMoment(text: string, zoned: boolean): boolean {
  return text.includes(" ") && text.endsWith("+00") === zoned && parseMoment(text) !== undefined;
}

function isInfinite(text: string): boolean {
  return text === "infinity" || text === "-infinity";
}
