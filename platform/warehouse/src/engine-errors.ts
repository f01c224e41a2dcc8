import { isMeshError, type MeshError } from "@thoth/kernel/mesh-error";
import { warehouseError } from "./errors.ts";
import { placeAt, placeAtCharacter, type TextPlace } from "./sql-place.ts";

/** What the engine says about a failure, taken apart. */
export interface EngineFailure {
  /** `Binder`, `Catalog`, `Conversion`, `IO`, `INTERRUPT`, … */
  readonly kind: string;
  readonly message: string;
  /** Offset in the statement: characters for kind `Parser`, UTF-8 bytes for the others. */
  readonly position?: number;
}

/** Where in the statement it failed; undefined when the engine does not say. */
export function placeOfFailure({ kind, position }: EngineFailure, sql: string): TextPlace | undefined {
  if (position === undefined) return undefined;
  return kind === "Parser" ? placeAtCharacter(sql, position) : placeAt(sql, position);
}

/** Reads what the engine threw, or an error of ours that has it as its cause. */
export function parseEngineError(error: unknown): EngineFailure {
  if (isMeshError(error) && error.cause !== undefined) return parseEngineError(error.cause);
  const text = error instanceof Error ? error.message : String(error);
  return parseJsonError(text) ?? parsePlainError(text);
}

/** Turns what the engine threw into an error of ours, placed in the statement where the engine says where. */
export function engineError(error: unknown, sql?: string): MeshError {
  if (isMeshError(error)) return error;
  const failure = parseEngineError(error);
  const { kind, message } = failure;
  const at = sql === undefined ? undefined : placeOfFailure(failure, sql);
  const context = at === undefined ? { cause: error } : { at, cause: error };
  if (/no space left on device|disk quota exceeded|failed to write .*disk|max_temp_directory_size/i.test(message)) {
    return warehouseError["disk-full"]({ reason: message }, context);
  }
  if (kind === "Out of Memory") return warehouseError["out-of-memory"]({ reason: message }, context);
  if (kind === "FATAL" || kind === "INTERNAL") return warehouseError["engine-broken"]({ reason: message }, context);
  return warehouseError["statement-failed"]({ reason: message }, context);
}

/** The errors of opening or attaching a database file. */
export function openFileError(file: string, error: unknown): MeshError {
  const { message } = parseEngineError(error);
  const context = { at: { file }, cause: error };
  const holder = /Conflicting lock is held in .*\(PID (\d+)\)/.exec(message);
  if (holder !== null) return warehouseError["file-in-use"]({ file, pid: Number(holder[1]) }, context);
  if (/Could not set lock|Conflicting lock/.test(message)) return warehouseError["file-in-use"]({ file }, context);
  if (/cannot open|could not read from|no such file|permission denied|is a directory|does not exist/i.test(message)) {
    return warehouseError["file-unreachable"]({ file, reason: message }, context);
  }
  return warehouseError["corrupt-file"]({ file, reason: message }, context);
}

/** True when the failure is one of a file: missing, cut short, damaged, or not to be written. */
export function isFileFailure(error: unknown): boolean {
  const { kind, message } = parseEngineError(error);
  return kind === "IO" || /could not (write|sync|truncate) file/i.test(message);
}

function parseJsonError(text: string): EngineFailure | undefined {
  const start = text.indexOf("{");
  if (start < 0 || !text.includes('"exception_type"')) return undefined;
  try {
    const parsed = JSON.parse(text.slice(start)) as {
      exception_type?: string;
      exception_message?: string;
      position?: string;
    };
    return {
      kind: parsed.exception_type ?? "Unknown",
      message: parsed.exception_message ?? text,
      ...(parsed.position === undefined ? {} : { position: Number(parsed.position) }),
    };
  } catch {
    return undefined;
  }
}

function parsePlainError(text: string): EngineFailure {
  const match = /^([A-Za-z ]+?) Error: ([\s\S]*)$/.exec(text);
  return match ? { kind: match[1] ?? "Unknown", message: match[2] ?? text } : { kind: "Unknown", message: text };
}
