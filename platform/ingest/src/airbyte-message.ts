import { findValue, parseExactJson } from "./exact-json.ts";

/** One line of an Airbyte source, as far as a reader needs it. */
export type AirbyteMessage =
  | { readonly kind: "record"; readonly stream: string; readonly data: unknown; readonly isUtf8: boolean }
  | { readonly kind: "state"; readonly stream: string | undefined; readonly state: AirbyteState }
  | { readonly kind: "status"; readonly stream: string; readonly status: string }
  | { readonly kind: "error"; readonly failure: AirbyteFailure }
  | { readonly kind: "connection"; readonly succeeded: boolean; readonly message: string }
  /** JSON Schema of the configuration. */
  | { readonly kind: "spec"; readonly schema: unknown }
  | { readonly kind: "catalog"; readonly streams: readonly AirbyteStream[] }
  /** A log line of the protocol, or output that is no message at all; `said` is what it tells a person. */
  | { readonly kind: "log"; readonly said?: string };

export interface AirbyteState {
  /** The message as it came; it goes back to the source as it is. */
  readonly message: unknown;
  /** Records since the state before, as the source counted them. */
  readonly recordCount: number | undefined;
  /** What a source built with `faros-airbyte-cdk` says beside a state, before it ends with 0. */
  readonly failure?: AirbyteFailure;
}

export interface AirbyteFailure {
  readonly type: "system_error" | "config_error" | "transient_error";
  readonly message: string;
}

export interface AirbyteStream {
  readonly name: string;
  readonly namespace?: string;
  readonly json_schema: Readonly<Record<string, unknown>>;
  readonly supported_sync_modes: readonly string[];
  readonly source_defined_cursor?: boolean;
}

/** @source Airbyte protocol 0.18 */
export function parseAirbyteLine(line: string, isUtf8 = true): AirbyteMessage {
  if (!line.startsWith("{")) return { kind: "log", said: line };
  let message: unknown;
  try {
    message = parseExactJson(line);
  } catch {
    return { kind: "log" };
  }
  switch (findValue(message, "type")) {
    case "RECORD": {
      const data = findValue(message, "/record/data");
      if (findValue(data, signOfLife) === true) return { kind: "log" };
      return { kind: "record", stream: text(message, "/record/stream"), data, isUtf8 };
    }
    case "STATE":
      return parseState(message);
    case "TRACE":
      return parseTrace(message);
    case "CONNECTION_STATUS": {
      const succeeded = text(message, "/connectionStatus/status") === "SUCCEEDED";
      return { kind: "connection", succeeded, message: text(message, "/connectionStatus/message") };
    }
    case "SPEC":
      return { kind: "spec", schema: findValue(message, "/spec/connectionSpecification") };
    case "CATALOG":
      return { kind: "catalog", streams: list(message, "/catalog/streams") as AirbyteStream[] };
    case "LOG": {
      const isDetail = /^(DEBUG|TRACE)$/.test(text(message, "/log/level"));
      return isDetail ? { kind: "log" } : { kind: "log", said: text(message, "/log/message") };
    }
    default:
      return { kind: "log" };
  }
}

/** The one field of a record that `faros-airbyte-cdk` sends while it has nothing to send. */
const signOfLife = "__faros_heartbeat";

/** A state without a stream is one of the older form, or one for all streams. */
function parseState(message: unknown): AirbyteMessage {
  const state = findValue(message, "state");
  const count = findValue(state, "/sourceStats/recordCount");
  const recordCount = count === undefined || count === null ? undefined : Number(JSON.stringify(count));
  const stream = text(state, "/stream/stream_descriptor/name");
  const told = { message: state, recordCount, ...failureBeside(message) };
  return { kind: "state", stream: stream === "" ? undefined : stream, state: told };
}

/** @source faros-airbyte-cdk 0.23, `AirbyteSourceStatusMessage` */
function failureBeside(message: unknown): Pick<AirbyteState, "failure"> {
  if (text(message, "/sourceStatus/status") !== "ERRORED") return {};
  const reason = text(message, "/sourceStatus/message/summary") || "it did not say why";
  return { failure: { type: "system_error", message: reason } };
}

function parseTrace(message: unknown): AirbyteMessage {
  const trace = findValue(message, "trace");
  switch (findValue(trace, "type")) {
    case "ERROR": {
      const type = text(trace, "/error/failure_type") as AirbyteFailure["type"];
      return { kind: "error", failure: { type, message: text(trace, "/error/message") } };
    }
    case "STREAM_STATUS": {
      const stream = text(trace, "/stream_status/stream_descriptor/name");
      return { kind: "status", stream, status: text(trace, "/stream_status/status") };
    }
    default:
      return { kind: "log" };
  }
}

function text(value: unknown, path: string): string {
  const found = findValue(value, path);
  return typeof found === "string" ? found : "";
}

function list(value: unknown, path: string): readonly unknown[] {
  const found = findValue(value, path);
  return Array.isArray(found) ? found : [];
}
