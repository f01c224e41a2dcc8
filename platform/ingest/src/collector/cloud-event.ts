/** One event as it came, its envelope judged by the standard: attributes are as sent, names lower-case. */
export interface CloudEvent {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly specversion: "1.0";
  readonly subject?: string;
  readonly time?: string;
  readonly dataclassification?: string;
  readonly recordedtime?: string;
  /** JSON data, or text; undefined when there is none. */
  readonly data?: unknown;
  readonly [attribute: string]: unknown;
}

/** Why an event is not taken, in words for whoever sent it. */
export interface EventProblem {
  readonly code: ProblemCode;
  readonly message: string;
  /** Where in the event: `data.counts`. */
  readonly path?: string;
}

export type ProblemCode =
  | "malformed"
  | "unknown-type"
  | "contract"
  | "classification"
  | "consent"
  | "source-not-allowed"
  | "too-large";

export type ParsedEvent = { readonly event: CloudEvent } | { readonly problem: EventProblem };

/**
 * Judges an event in the JSON event format by the standard alone.
 * @source CloudEvents 1.0.2: context attributes; JSON event format
 */
export function parseCloudEvent(value: unknown): ParsedEvent {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return malformed("An event is a JSON object");
  const attributes = value as Record<string, unknown>;
  for (const [name, attribute] of Object.entries(attributes)) {
    if (name === "data" || name === "data_base64") continue;
    const problem = judgeAttribute(name, attribute);
    if (problem !== undefined) return malformed(problem, name);
  }
  const missing = required.find((name) => attributes[name] === undefined || attributes[name] === null);
  if (missing !== undefined) return malformed(`The attribute ${missing} is missing`, missing);
  if (attributes.specversion !== "1.0") return malformed('specversion has to be "1.0"', "specversion");
  if ("data_base64" in attributes) return malformed("data_base64 is not taken here: send JSON in data", "data_base64");
  return judgeData(attributes);
}

const required = ["id", "source", "type", "specversion"] as const;
const texts = new Set(["id", "source", "type", "specversion", "subject", "datacontenttype", "dataschema"]);
const times = new Set(["time", "recordedtime", "expirytime"]);

/** Longest text of an attribute, characters. */
const longestAttribute = 1024;

function judgeAttribute(name: string, value: unknown): string | undefined {
  if (!/^[a-z0-9]{1,40}$/.test(name))
    return `${JSON.stringify(name.slice(0, 60))} is no name of an attribute: a-z and 0-9`;
  if (value === null) return undefined;
  if (typeof value === "number" || typeof value === "boolean") {
    if (texts.has(name) || times.has(name)) return `${name} has to be a text`;
    return typeof value === "number" && !Number.isSafeInteger(value) ? `${name} is no whole number` : undefined;
  }
  if (typeof value !== "string") return `${name} has to be a text, a whole number or true or false`;
  if (value === "" && texts.has(name)) return `${name} is empty`;
  if (value.length > longestAttribute) return `${name} is longer than ${longestAttribute} characters`;
  if (!isPlainText(value)) return `${name} holds characters that no attribute may hold`;
  if (times.has(name) && parseTime(value) === undefined) return `${name} is no time such as 2026-03-02T10:00:00Z`;
  return undefined;
}

/** No control characters, no halves of surrogate pairs, no noncharacters. */
function isPlainText(text: string): boolean {
  return text.isWellFormed() && !/[\p{Cc}\p{Noncharacter_Code_Point}]/u.test(text);
}

function judgeData(attributes: Record<string, unknown>): ParsedEvent {
  const { data, datacontenttype } = attributes;
  if (nestsDeeper(data, deepestData)) return malformed(`data lies more than ${deepestData} deep in itself`, "data");
  if (data !== undefined && typeof datacontenttype === "string" && !/^[^;]*[/+]json\s*(;|$)/i.test(datacontenttype))
    return malformed(`data of the type ${datacontenttype} is not taken here: send JSON`, "datacontenttype");
  const given = Object.entries(attributes).filter(([, value]) => value !== null);
  return { event: Object.fromEntries(given) as unknown as CloudEvent };
}

const rfc3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/i;

/** @returns epoch ms; undefined when it is no time of RFC 3339 that exists */
export function parseTime(text: string): number | undefined {
  if (!rfc3339.test(text)) return undefined;
  const time = Date.parse(text.toUpperCase());
  if (Number.isNaN(time) || !isDay(text.slice(0, 10))) return undefined;
  return time >= year1 && time < year10000 ? time : undefined;
}

const year1 = Date.parse("0001-01-01T00:00:00Z");
const year10000 = Date.UTC(10_000, 0, 1);

/** The 30th of February parses, as the 2nd of March. */
function isDay(date: string): boolean {
  return Number(date.slice(8)) <= 28 || new Date(`${date}T00:00:00Z`).toISOString().startsWith(date);
}

/** What is written by recursion runs out of stack some thousand levels down. */
const deepestData = 64;

function nestsDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (levels === 0) return true;
  for (const key in value) if (nestsDeeper((value as Record<string, unknown>)[key], levels - 1)) return true;
  return false;
}

function malformed(message: string, path?: string): ParsedEvent {
  return { problem: { code: "malformed", message, ...(path !== undefined && { path: shownPath(path) }) } };
}

/** A name that somebody made up may be a megabyte long. */
export function shownPath(path: string): string {
  return path.length <= longestPath ? path : `${path.slice(0, longestPath).toWellFormed()}…`;
}

const longestPath = 200;
