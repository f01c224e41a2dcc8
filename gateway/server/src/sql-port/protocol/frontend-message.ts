import { gatewayError } from "../../errors.ts";
import type { Frame } from "./frame-decoder.ts";
import { MessageReader } from "./message-reader.ts";

/** 0: text, 1: binary. */
export type ValueFormat = 0 | 1;

/** What a client says once it is signed in. */
export type FrontendMessage =
  | { readonly kind: "query"; readonly text: string }
  | { readonly kind: "parse"; readonly name: string; readonly text: string; readonly types: readonly number[] }
  | BindMessage
  | { readonly kind: "describe" | "close"; readonly what: "statement" | "portal"; readonly name: string }
  | { readonly kind: "execute"; readonly portal: string; readonly maxRows: number }
  | { readonly kind: "flush" | "sync" | "terminate" | "copy-end" };

export interface BindMessage {
  readonly kind: "bind";
  readonly portal: string;
  readonly statement: string;
  /** None: all are text; one: of all values; else one a value. */
  readonly formats: readonly ValueFormat[];
  readonly values: readonly (Buffer | null)[];
  readonly resultFormats: readonly ValueFormat[];
}

/** @throws MeshError `gateway/sql-protocol` for what is no message of a client or is not built like one */
export function parseFrontendMessage({ type, body }: Frame): FrontendMessage {
  const reader = new MessageReader(body);
  const message = parsers[type]?.(reader);
  if (message === undefined) {
    const shown = /^[\x21-\x7e]$/.test(type) ? `of type ${type}` : "of an unknown type";
    throw gatewayError["sql-protocol"]({ problem: `a message ${shown} is not expected here` });
  }
  if (message.kind !== "copy-end") reader.end();
  return message;
}

const parsers: Readonly<Record<string, (reader: MessageReader) => FrontendMessage>> = {
  Q: (reader) => ({ kind: "query", text: reader.text() }),
  P: (reader) => ({
    kind: "parse",
    name: reader.text(),
    text: reader.text(),
    types: reader.list(() => reader.uint32()),
  }),
  B: parseBind,
  D: (reader) => ({ kind: "describe", ...parseTarget(reader) }),
  C: (reader) => ({ kind: "close", ...parseTarget(reader) }),
  E: (reader) => ({ kind: "execute", portal: reader.text(), maxRows: Math.max(0, reader.int32()) }),
  H: () => ({ kind: "flush" }),
  S: () => ({ kind: "sync" }),
  X: () => ({ kind: "terminate" }),
  // What is left of an upload that was refused.
  d: () => ({ kind: "copy-end" }),
  c: () => ({ kind: "copy-end" }),
  f: () => ({ kind: "copy-end" }),
};

function parseBind(reader: MessageReader): BindMessage {
  return {
    kind: "bind",
    portal: reader.text(),
    statement: reader.text(),
    formats: reader.list(() => parseFormat(reader)),
    values: reader.list(() => parseValue(reader)),
    resultFormats: reader.list(() => parseFormat(reader)),
  };
}

function parseValue(reader: MessageReader): Buffer | null {
  const length = reader.int32();
  return length === -1 ? null : reader.bytes(length);
}

function parseFormat(reader: MessageReader): ValueFormat {
  const format = reader.int16();
  if (format === 0 || format === 1) return format;
  throw gatewayError["sql-protocol"]({ problem: `${format} is no format of a value` });
}

function parseTarget(reader: MessageReader) {
  const what = String.fromCharCode(reader.uint8());
  const name = reader.text();
  if (what === "S") return { what: "statement" as const, name };
  if (what === "P") return { what: "portal" as const, name };
  throw gatewayError["sql-protocol"]({ problem: "something else than a statement or portal is named" });
}

/** Which format each of `count` values has. @throws MeshError `gateway/sql-protocol` */
export function spreadFormats(formats: readonly ValueFormat[], count: number): ValueFormat[] {
  if (formats.length > 1 && formats.length !== count) {
    throw gatewayError["sql-protocol"]({ problem: `${formats.length} formats are given for ${count} values` });
  }
  return Array.from({ length: count }, (_, index) => formats[formats.length === 1 ? 0 : index] ?? 0);
}
