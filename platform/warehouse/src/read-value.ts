import {
  type DuckDBArrayType,
  type DuckDBArrayValue,
  type DuckDBBitValue,
  type DuckDBBlobValue,
  type DuckDBDateValue,
  type DuckDBDecimalValue,
  type DuckDBIntervalValue,
  type DuckDBListType,
  type DuckDBListValue,
  type DuckDBMapType,
  type DuckDBMapValue,
  type DuckDBStructType,
  type DuckDBStructValue,
  type DuckDBTimestampMillisecondsValue,
  type DuckDBTimestampNanosecondsValue,
  type DuckDBTimestampSecondsValue,
  type DuckDBTimestampValue,
  type DuckDBType,
  DuckDBTypeId,
  type DuckDBUnionType,
  type DuckDBUnionValue,
  type DuckDBVariantValue,
} from "@duckdb/node-api";
import { isoDate, isoDuration, isoTimestamp } from "./iso-time.ts";

/** Turns one value of the engine, never null, into the JavaScript value our rows carry. */
export type ReadValue = (value: unknown) => unknown;

/** The converter of a column type; undefined when the engine's value is already ours. */
export function readerFor(type: DuckDBType): ReadValue | undefined {
  switch (type.typeId) {
    case DuckDBTypeId.VARCHAR:
      return type.alias === "JSON" ? (value) => JSON.parse(value as string) : undefined;
    case DuckDBTypeId.DECIMAL:
      return (value) => (value as DuckDBDecimalValue).toString();
    case DuckDBTypeId.DATE:
      return (value) => isoDate((value as DuckDBDateValue).days);
    case DuckDBTypeId.INTERVAL:
      return (value) => isoDuration(value as DuckDBIntervalValue);
    case DuckDBTypeId.BLOB:
      return (value) => Uint8Array.from((value as DuckDBBlobValue).bytes);
    case DuckDBTypeId.BIT:
      return (value) => (value as DuckDBBitValue).toString();
    case DuckDBTypeId.TIME:
    case DuckDBTypeId.TIME_NS:
    case DuckDBTypeId.TIME_TZ:
    case DuckDBTypeId.UUID:
      return String;
    default:
      return timestampReader(type) ?? nestedReader(type);
  }
}

function timestampReader(type: DuckDBType): ReadValue | undefined {
  switch (type.typeId) {
    case DuckDBTypeId.TIMESTAMP:
    case DuckDBTypeId.TIMESTAMP_TZ:
      return (value) => isoTimestamp((value as DuckDBTimestampValue).micros);
    case DuckDBTypeId.TIMESTAMP_S:
      return (value) => finiteTimestamp(value as DuckDBTimestampSecondsValue, (at) => at.seconds * 1_000_000n);
    case DuckDBTypeId.TIMESTAMP_MS:
      return (value) => finiteTimestamp(value as DuckDBTimestampMillisecondsValue, (at) => at.millis * 1000n);
    case DuckDBTypeId.TIMESTAMP_NS:
      return (value) =>
        finiteTimestamp(
          value as DuckDBTimestampNanosecondsValue,
          (at) => (at.nanos - (((at.nanos % 1000n) + 1000n) % 1000n)) / 1000n,
        );
    default:
      return undefined;
  }
}

function finiteTimestamp<T extends { isFinite: boolean; toString(): string }>(value: T, micros: (value: T) => bigint) {
  return value.isFinite ? isoTimestamp(micros(value)) : value.toString();
}

function nestedReader(type: DuckDBType): ReadValue | undefined {
  switch (type.typeId) {
    case DuckDBTypeId.LIST:
    case DuckDBTypeId.ARRAY:
      return listReader((type as DuckDBListType | DuckDBArrayType).valueType);
    case DuckDBTypeId.STRUCT:
      return structReader(type as DuckDBStructType);
    case DuckDBTypeId.MAP:
      return mapReader(type as DuckDBMapType);
    case DuckDBTypeId.UNION:
      return unionReader(type as DuckDBUnionType);
    case DuckDBTypeId.VARIANT:
      return readVariant;
    default:
      return undefined;
  }
}

function listReader(itemType: DuckDBType): ReadValue {
  const read = readerFor(itemType);
  return (value) => {
    const items = (value as DuckDBListValue | DuckDBArrayValue).items;
    return read === undefined ? [...items] : items.map((item) => (item === null ? null : read(item)));
  };
}

function structReader(type: DuckDBStructType): ReadValue {
  const fields = type.entryNames.map((name, index) => ({
    name,
    read: readerFor(type.entryTypes[index] as DuckDBType),
  }));
  return (value) => {
    const entries = (value as DuckDBStructValue).entries;
    return Object.fromEntries(fields.map(({ name, read }) => [name, readItem(entries[name] ?? null, read)]));
  };
}

function mapReader(type: DuckDBMapType): ReadValue {
  const readKey = readerFor(type.keyType);
  const readEntry = readerFor(type.valueType);
  return (value) =>
    Object.fromEntries(
      (value as DuckDBMapValue).entries.map((entry) => [
        keyText(readItem(entry.key, readKey)),
        readItem(entry.value, readEntry),
      ]),
    );
}

function keyText(key: unknown): string {
  return typeof key === "object" ? JSON.stringify(key) : String(key);
}

function unionReader(type: DuckDBUnionType): ReadValue {
  const readers = new Map(type.memberTags.map((tag, index) => [tag, readerFor(type.memberTypes[index] as DuckDBType)]));
  return (value) => {
    const { tag, value: member } = value as DuckDBUnionValue;
    return readItem(member, readers.get(tag));
  };
}

function readVariant(value: unknown): unknown {
  const variant = value as DuckDBVariantValue;
  return readItem(variant.value, variant.type === undefined ? undefined : readerFor(variant.type));
}

function readItem(value: unknown, read: ReadValue | undefined): unknown {
  return value === null || read === undefined ? value : read(value);
}
