/** Part of a request in the JSON encoding of OTLP; the binary one is read into the same form. */
export type OtlpObject = Readonly<Record<string, unknown>>;

/** Why one record of a request is not kept. */
export class OtlpRejection extends Error {
  override readonly name = "OtlpRejection";
}

/** Why a request cannot be read at all. */
export class OtlpUnreadable extends Error {
  override readonly name = "OtlpUnreadable";
}

/** Why a request is more than is read at once. */
export class OtlpTooLarge extends Error {
  override readonly name = "OtlpTooLarge";
}

/** The objects of a list; a missing list is empty. @throws OtlpUnreadable */
export function listOf(owner: OtlpObject, field: string): OtlpObject[] {
  const list = owner[field];
  if (list === undefined || list === null) return [];
  if (!Array.isArray(list)) throw new OtlpUnreadable(`${field} is no list`);
  return list.map((item) => objectOf(item, field));
}

/** @throws OtlpUnreadable */
export function objectOf(value: unknown, field: string): OtlpObject {
  if (value === undefined || value === null) return {};
  if (typeof value !== "object" || Array.isArray(value)) throw new OtlpUnreadable(`${field} is no object`);
  return value as OtlpObject;
}

export function textOf(owner: OtlpObject, field: string): string | undefined {
  const value = owner[field];
  if (value === undefined || value === null || value === "") return undefined;
  if (typeof value !== "string") throw new OtlpRejection(`${field} is no text`);
  return cleanText(value);
}

/** What the engine could not read as JSON is replaced. */
function cleanText(text: string): string {
  return text.toWellFormed().replaceAll("\0", "\uFFFD");
}

/** Enums come as integers, never by name. */
export function enumOf(owner: OtlpObject, field: string, largest: number): number {
  const value = owner[field] ?? 0;
  if (Number.isInteger(value) && (value as number) >= 0 && (value as number) <= largest) return value as number;
  throw new OtlpRejection(`${field} is no integer from 0 to ${largest}`);
}

/** A 64-bit integer, which comes as text or as a number. */
export function integerOf(owner: OtlpObject, field: string): bigint | undefined {
  const value = owner[field];
  if (value === undefined || value === null) return undefined;
  const isInteger = typeof value === "string" ? /^-?\d{1,20}$/.test(value) : Number.isSafeInteger(value);
  const integer = isInteger ? BigInt(value as string | number) : undefined;
  if (integer !== undefined && integer >= -(2n ** 63n) && integer < 2n ** 64n) return integer;
  throw new OtlpRejection(`${field} is no integer of 64 bits`);
}

/** A 64-bit integer that counts something. */
export function countOf(owner: OtlpObject, field: string): number | string | undefined {
  const count = integerOf(owner, field);
  if (count !== undefined && count < 0n) throw new OtlpRejection(`${field} is negative`);
  return plainInteger(count);
}

/** Numbers that JSON does not have come as texts. */
export function numberOf(owner: OtlpObject, field: string): number | null | undefined {
  const value = owner[field];
  if (value === undefined || value === null) return undefined;
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  if (value === "NaN" || value === "Infinity" || value === "-Infinity") return null;
  if (typeof value === "string" && value.trim() !== "" && Number.isFinite(Number(value))) return Number(value);
  throw new OtlpRejection(`${field} is no number`);
}

/** Nanoseconds since 1970 as a time in UTC with microseconds, which is what the engine keeps; 0 means not known. */
export function timeOf(owner: OtlpObject, field: string): string | undefined {
  const nanos = integerOf(owner, field);
  if (nanos === undefined || nanos === 0n) return undefined;
  if (nanos < 0n) throw new OtlpRejection(`${field} is negative`);
  const micros = nanos / 1000n;
  const seconds = new Date(Number(micros / 1_000_000n) * 1000).toISOString().slice(0, 19);
  return `${seconds}.${String(micros % 1_000_000n).padStart(6, "0")}Z`;
}

/** Trace and span ids are hexadecimal, also where JSON writes other bytes in base64; none when empty or all zeros. */
export function idOf(owner: OtlpObject, field: string, digits: 16 | 32): string | undefined {
  const value = owner[field];
  if (value === undefined || value === null || value === "") return undefined;
  if (typeof value !== "string" || value.length !== digits || !/^[0-9a-f]+$/i.test(value))
    throw new OtlpRejection(`${field} does not have ${digits} hexadecimal digits`);
  return /^0+$/.test(value) ? undefined : value.toLowerCase();
}

/** Attributes as one object; those that say who somebody is, or from where, are left out. */
export function attributesOf(owner: OtlpObject, field = "attributes"): OtlpObject {
  const pairs = listOf(owner, field).map((pair): [string, unknown] => [
    textOf(pair, "key") ?? "",
    anyValueOf(objectOf(pair.value, "value"), 0),
  ]);
  return Object.fromEntries(pairs.filter(([key]) => key !== "" && !isPersonal(key)));
}

/** @source OpenTelemetry semantic conventions: addresses of clients and peers, users, hosts */
const personal =
  /^(client|source|enduser|user|net\.(sock\.)?peer|network\.peer|host\.(ip|mac)|http\.client_ip|http\.request\.header\.(x-forwarded-for|cookie|authorization)|messaging\.client_id)([._]|$)/;

function isPersonal(key: string): boolean {
  return personal.test(key.toLowerCase());
}

const deepest = 32;

/** @source OTLP `AnyValue`: exactly one of its fields is set; none means no value */
export function anyValueOf(value: OtlpObject, depth: number): unknown {
  if (depth > deepest) throw new OtlpUnreadable(`values lie more than ${deepest} deep in each other`);
  if (value.stringValue !== undefined) return textOf(value, "stringValue") ?? "";
  if (value.boolValue !== undefined) return value.boolValue === true;
  if (value.intValue !== undefined) return plainInteger(integerOf(value, "intValue"));
  if (value.doubleValue !== undefined) return numberOf(value, "doubleValue");
  if (value.bytesValue !== undefined) return textOf(value, "bytesValue") ?? "";
  if (value.arrayValue !== undefined)
    return listOf(objectOf(value.arrayValue, "arrayValue"), "values").map((item) => anyValueOf(item, depth + 1));
  if (value.kvlistValue !== undefined) return keyValues(objectOf(value.kvlistValue, "kvlistValue"), depth + 1);
  return null;
}

function keyValues(list: OtlpObject, depth: number): OtlpObject {
  const pairs = listOf(list, "values").map((pair) => [
    textOf(pair, "key") ?? "",
    anyValueOf(objectOf(pair.value, "value"), depth),
  ]);
  return Object.fromEntries(pairs);
}

/** A number where it is exact, and text beyond. */
export function plainInteger(value: bigint | undefined): number | string | undefined {
  if (value === undefined) return undefined;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value.toString();
}
