import { isMeshError, MeshError } from "@thoth/kernel/mesh-error";
import { engineError, parseEngineError } from "@thoth/warehouse/engine-errors";
import { warehouseError } from "@thoth/warehouse/errors";
import { accessError } from "../errors.ts";
import { placeIn } from "./statement-place.ts";
import { unknownName } from "./unknown-name.ts";

export interface FailedStatement {
  /** As it was typed. */
  readonly sql: string;
  /** Offset of bytes in what ran → offset in what was typed; undefined when it lies outside of that. */
  readonly placeBefore: (offset: number) => number | undefined;
  /** Whether it reads tables of which rows are hidden. */
  readonly hidesRows: boolean;
  /** Names of the columns that its tables have for its reader. */
  readonly columns: readonly string[];
}

/**
 * What the engine threw, in terms of what was typed. The engine quotes values; where rows are hidden only the kind of
 * failure and its place are passed on.
 */
export function failureOf(error: unknown, { sql, placeBefore, hidesRows, columns }: FailedStatement): unknown {
  if (isMeshError(error)) return error;
  const failure = parseEngineError(error);
  // What an abort gives as its reason, and mistakes of our own, are none of the engine's.
  if (failure.kind === "Unknown") return lacksMemory.test(failure.message) ? outOfMemory(failure.message) : error;
  const plain = engineError(error);
  // Of files a statement knows nothing: that one cannot be read or written is none of its reader's business.
  if (failure.kind === "IO" && plain.code === "warehouse/statement-failed") return error;
  const offset = failure.position === undefined ? undefined : placeBefore(failure.position);
  const at = { at: placeIn(sql, offset) };
  if (hidesRows && !namesOnly.has(failure.kind)) {
    if (plain.code !== "warehouse/statement-failed") return new MeshError(plain.code, generalText(plain), at);
    return accessError["sql-hidden-failure"]({ what: kindWords[failure.kind] ?? "The statement failed" }, at);
  }
  const unknown = failure.kind === "Binder" ? unknownName(failure.message, columns) : undefined;
  if (unknown !== undefined) {
    const { message, hint = hintFor(plain) } = unknown;
    return new MeshError(plain.code, { message: shortened(message), hint }, at);
  }
  // The engine goes on with guesses: names of its own catalog, settings to change.
  const [known = ""] = guessing.has(failure.kind) ? failure.message.split("\n") : [failure.message];
  const message = plainWords(shortened(known).replaceAll(/"s_\d+"\.|\bs_\d+\./g, ""));
  return new MeshError(plain.code, { message, hint: hintFor(plain) }, at);
}

/** The engine quotes values whole, however long they are. */
function shortened(message: string): string {
  return message.length <= longestMessage ? message : `${message.slice(0, longestMessage)}…`;
}

const longestMessage = 2_000;

/** Without what only those understand who know the engine, and without pages of candidates. */
function plainWords(message: string): string {
  return message.replace(
    /\s*You might need to add explicit type casts\.\s*Candidate functions:[\s\S]*$/,
    " Cast its arguments to what it takes.",
  );
}

const guessing: ReadonlySet<string> = new Set(["Catalog", "Out of Memory"]);

/** What is thrown when the engine could not even say so itself. */
const lacksMemory = /bad.?alloc|allocation failure|array_new_length/i;

function outOfMemory(reason: string): Error {
  return warehouseError["out-of-memory"]({ reason });
}

/** Failures that are found before any value is looked at. */
const namesOnly: ReadonlySet<string> = new Set(["Binder", "Catalog", "Parser", "Syntax"]);

const kindWords: Readonly<Record<string, string>> = {
  Conversion: "A value could not be converted to the type that was asked for",
  "Out of Range": "A number was out of range",
  "Invalid Input": "A function was given a value that it does not take",
};

function generalText({ code, hint }: MeshError) {
  const words = code.slice(code.indexOf("/") + 1).replaceAll("-", " ");
  return { message: `The statement could not be finished: ${words}`, hint };
}

function hintFor({ code, hint }: MeshError): string {
  return code === "warehouse/statement-failed"
    ? "The message is the engine's; the dialect is DuckDB's SQL. Correct the statement at the place named."
    : hint;
}
