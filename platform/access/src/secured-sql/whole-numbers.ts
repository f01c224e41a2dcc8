import {
  ARRAY,
  DuckDBArrayValue,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  type DuckDBType,
  DuckDBTypeId,
  type DuckDBValue,
  LIST,
  MAP,
  STRUCT,
  VARCHAR,
} from "@duckdb/node-api";
import { accessError } from "../errors.ts";

const wholeTypes: ReadonlySet<DuckDBTypeId> = new Set([
  ...[DuckDBTypeId.TINYINT, DuckDBTypeId.SMALLINT, DuckDBTypeId.INTEGER, DuckDBTypeId.BIGINT, DuckDBTypeId.HUGEINT],
  ...[
    DuckDBTypeId.UTINYINT,
    DuckDBTypeId.USMALLINT,
    DuckDBTypeId.UINTEGER,
    DuckDBTypeId.UBIGINT,
    DuckDBTypeId.UHUGEINT,
  ],
]);

/**
 * The type as it would be with texts in place of whole numbers, which the engine rounds when they are none: `1.5` would be
 * compared as `2`. A value that is read by it says what was written.
 * @returns undefined when there are no whole numbers in it
 */
export function writtenType(type: DuckDBType): DuckDBType | undefined {
  if (wholeTypes.has(type.typeId)) return VARCHAR;
  switch (type.typeId) {
    case DuckDBTypeId.LIST:
      return made(LIST, writtenType(type.valueType));
    case DuckDBTypeId.ARRAY:
      return made((item) => ARRAY(item, type.length), writtenType(type.valueType));
    case DuckDBTypeId.MAP: {
      const [key, value] = [writtenType(type.keyType), writtenType(type.valueType)];
      return key || value ? MAP(key ?? type.keyType, value ?? type.valueType) : undefined;
    }
    case DuckDBTypeId.STRUCT: {
      const entries = type.entryTypes.map(writtenType);
      if (entries.every((entry) => entry === undefined)) return undefined;
      const named = type.entryNames.map((name, index) => [
        name,
        entries[index] ?? (type.entryTypes[index] as DuckDBType),
      ]);
      return STRUCT(Object.fromEntries(named));
    }
    default:
      return undefined;
  }
}

/**
 * @param written read by its `writtenType`
 * @throws MeshError `access/sql-parameter-value` for what stands where a whole number should
 */
export function refuseFractions(written: DuckDBValue, type: DuckDBType, parameter: string): void {
  const [fraction] = fractionsOf(written, type);
  if (fraction === undefined) return;
  throw accessError["sql-parameter-value"]({ parameter, type: type.toString(), ...fraction });
}

interface Fraction {
  readonly value: string;
  /** Type of the number that it is none of. */
  readonly whole: string;
}

function fractionsOf(written: DuckDBValue, type: DuckDBType): Fraction[] {
  if (written === null) return [];
  if (!wholeTypes.has(type.typeId))
    return partsOf(written, type).flatMap(([value, inner]) => fractionsOf(value, inner));
  // Deep inside, a text still has the quotes around it.
  const value = String(written).replace(/^\s*["']|["']\s*$/g, "");
  return /^\s*[+-]?\d+\s*$/.test(value) ? [] : [{ value, whole: type.toString() }];
}

function partsOf(written: DuckDBValue, type: DuckDBType): readonly (readonly [DuckDBValue, DuckDBType])[] {
  if (type.typeId === DuckDBTypeId.LIST && written instanceof DuckDBListValue)
    return written.items.map((item) => [item, type.valueType]);
  if (type.typeId === DuckDBTypeId.ARRAY && written instanceof DuckDBArrayValue)
    return written.items.map((item) => [item, type.valueType]);
  if (type.typeId === DuckDBTypeId.MAP && written instanceof DuckDBMapValue)
    return written.entries.flatMap(({ key, value }) => [
      [key, type.keyType] as const,
      [value, type.valueType] as const,
    ]);
  if (type.typeId === DuckDBTypeId.STRUCT && written instanceof DuckDBStructValue)
    return type.entryNames.map((name, index) => [written.entries[name] ?? null, type.entryTypes[index] as DuckDBType]);
  return [];
}

function made(make: (inner: DuckDBType) => DuckDBType, inner: DuckDBType | undefined): DuckDBType | undefined {
  return inner && make(inner);
}
