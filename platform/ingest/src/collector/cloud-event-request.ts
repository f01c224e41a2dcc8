import type { IncomingHttpHeaders } from "node:http";
import { type EventProblem, type ParsedEvent, parseCloudEvent } from "./cloud-event.ts";

/** How a request carries its events. */
export type ContentMode = "structured" | "batch" | "binary";

/** The events of one request; or why it cannot be read at all, and the status that says so. */
export type EventRequest =
  | { readonly kind: "events"; readonly mode: ContentMode; readonly events: readonly ParsedEvent[] }
  | { readonly kind: "unreadable"; readonly status: 400 | 413 | 415; readonly problem: EventProblem };

/** Most events of a batch. */
const largestBatch = 1000;

/** @source CloudEvents 1.0.2, HTTP protocol binding, 3.1 to 3.3 */
function contentMode(contentType: string): ContentMode {
  if (/^application\/cloudevents-batch\b/i.test(contentType)) return "batch";
  return /^application\/cloudevents\b/i.test(contentType) ? "structured" : "binary";
}

/** @param mode of the request, when its path says it rather than its content type */
export function parseEventRequest(headers: IncomingHttpHeaders, body: Buffer, mode?: ContentMode): EventRequest {
  const contentType = headers["content-type"] ?? "";
  const found = mode ?? contentMode(contentType);
  if (found === "binary") return parseBinary(headers, body, contentType);
  if (mode === undefined && !/^application\/cloudevents(-batch)?(\+json)?\s*(;|$)/i.test(contentType))
    return unreadable(415, `${contentType} is not read here; send application/cloudevents+json`);
  const json = parseJson(body);
  if (json === undefined) return unreadable(400, "The body is no JSON in UTF-8");
  if (found === "structured") return { kind: "events", mode: found, events: [parseCloudEvent(json.value)] };
  if (!Array.isArray(json.value)) return unreadable(400, "A batch is a JSON array of events");
  if (json.value.length > largestBatch)
    return unreadable(413, `A batch has at most ${largestBatch} events`, "too-large");
  return { kind: "events", mode: found, events: json.value.map(parseCloudEvent) };
}

function parseBinary(headers: IncomingHttpHeaders, body: Buffer, contentType: string): EventRequest {
  const named = Object.entries(headers).filter(([name]) => name.startsWith("ce-"));
  if (named.length === 0)
    return unreadable(
      415,
      "This is no CloudEvent: send application/cloudevents+json, application/cloudevents-batch+json, or ce-* headers",
    );
  const attributes: Record<string, unknown> = {};
  for (const [name, value] of named) {
    const text = decodeHeader(String(value));
    if (text === undefined) return unreadable(400, `The header ${name} is not percent-encoded UTF-8`);
    attributes[name.slice("ce-".length)] = text;
  }
  if (contentType !== "") attributes.datacontenttype = contentType;
  if (body.length > 0) {
    const json = /[/+]json\s*(;|$)/i.test(contentType) ? parseJson(body) : { value: body.toString("utf8") };
    if (json === undefined) return unreadable(400, "The body is no JSON in UTF-8");
    attributes.data = json.value;
  }
  return { kind: "events", mode: "binary", events: [parseCloudEvent(attributes)] };
}

/** Percent-decoded; quotes around the whole value are taken off. @source HTTP protocol binding, 3.1.3.2 */
function decodeHeader(value: string): string | undefined {
  const bare = /^".*"$/s.test(value) ? value.slice(1, -1).replaceAll(/\\(.)/g, "$1") : value;
  try {
    return decodeURIComponent(bare.replaceAll(/%(?![0-9a-f]{2})/gi, "%25"));
  } catch {
    return undefined;
  }
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

function parseJson(body: Buffer): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(utf8.decode(body)) };
  } catch {
    return undefined;
  }
}

function unreadable(status: 400 | 413 | 415, message: string, code: EventProblem["code"] = "malformed"): EventRequest {
  return { kind: "unreadable", status, problem: { code, message } };
}
