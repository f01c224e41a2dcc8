import { gatewayError } from "../../errors.ts";
import { formatSearchPath } from "./search-path.ts";
import { parseSettingQuery, type SettingColumn } from "./setting-query.ts";
import type { SqlToken, StatementText } from "./sql-tokens.ts";
import { TokenCursor } from "./token-cursor.ts";

/** A statement about the session itself: it reads no data. */
export type SessionCommand =
  | { readonly kind: "begin" | "commit" | "rollback"; readonly tag: string }
  | { readonly kind: "savepoint" | "release" | "rollback-to"; readonly name: string }
  /** A value of null is the one it was at first. */
  | { readonly kind: "set"; readonly name: string; readonly value: string | null; readonly isLocal: boolean }
  /** The same in the words of a SELECT, which answers with the values. */
  | { readonly kind: "settings"; readonly columns: readonly SettingColumn[] }
  | { readonly kind: "reset-all" }
  | { readonly kind: "show"; readonly name: string }
  | { readonly kind: "discard"; readonly what: string }
  | { readonly kind: "deallocate"; readonly name: string | null }
  | { readonly kind: "nothing"; readonly tag: string }
  | FetchCommand
  /** A name of null is all of them. */
  | { readonly kind: "close-cursor"; readonly name: string | null };

export interface FetchCommand {
  readonly kind: "fetch";
  readonly cursor: string;
  /** Infinity for all. */
  readonly count: number;
  /** Rows are passed over instead of sent. */
  readonly isMove: boolean;
}

/**
 * @returns undefined when it is no statement about the session
 * @throws MeshError `gateway/sql-syntax`, `gateway/sql-unsupported`
 */
export function parseSessionCommand(statement: StatementText): SessionCommand | undefined {
  const cursor = new TokenCursor(statement);
  const word = cursor.word();
  if (word === "select") {
    const columns = parseSettingQuery(cursor);
    return columns && { kind: "settings", columns };
  }
  const parse = word !== undefined && Object.hasOwn(parsers, word) ? parsers[word] : undefined;
  if (word === undefined || parse === undefined) return undefined;
  const command = parse(cursor);
  cursor.end(word.toUpperCase());
  return command;
}

const parsers: Readonly<Record<string, (cursor: TokenCursor) => SessionCommand>> = {
  begin: (cursor) => begin(cursor, "BEGIN"),
  start: (cursor) => {
    cursor.need("transaction");
    return begin(cursor, "START TRANSACTION");
  },
  commit: (cursor) => end(cursor, "commit", "COMMIT"),
  end: (cursor) => end(cursor, "commit", "COMMIT"),
  abort: (cursor) => end(cursor, "rollback", "ROLLBACK"),
  rollback: rollBack,
  savepoint: (cursor) => ({ kind: "savepoint", name: cursor.name("savepoint") }),
  release: (cursor) => {
    cursor.skip("savepoint");
    return { kind: "release", name: cursor.name("savepoint") };
  },
  set,
  reset: (cursor) =>
    cursor.skip("all") ? { kind: "reset-all" } : { kind: "set", name: cursor.setting(), value: null, isLocal: false },
  show: (cursor) => ({ kind: "show", name: cursor.setting() }),
  discard: (cursor) => ({ kind: "discard", what: cursor.need("all", "plans", "sequences", "temp", "temporary") }),
  deallocate: (cursor) => {
    cursor.skip("prepare");
    return { kind: "deallocate", name: cursor.skip("all") ? null : cursor.name("prepared statement") };
  },
  listen: (cursor) => nothing(cursor, "LISTEN"),
  unlisten: (cursor) => nothing(cursor, "UNLISTEN"),
  fetch: (cursor) => fetch(cursor, false),
  move: (cursor) => fetch(cursor, true),
  close: (cursor) => ({ kind: "close-cursor", name: cursor.skip("all") ? null : cursor.name("cursor") }),
  prepare: () => refuse("PREPARE in SQL", "Prepare through the protocol, as the libraries of all clients do."),
  execute: () => refuse("EXECUTE in SQL", "Execute through the protocol, as the libraries of all clients do."),
  lock: () => refuse("LOCK", "Nothing needs to be locked: what is published does not change."),
  notify: () => refuse("NOTIFY", "Nothing can be told to others through this port."),
};

function refuse(what: string, instead: string): never {
  throw gatewayError["sql-unsupported"]({ what, instead });
}

function begin(cursor: TokenCursor, tag: string): SessionCommand {
  cursor.skip("work", "transaction");
  // Isolation levels and the like: all of them mean the same here.
  cursor.skipAll();
  return { kind: "begin", tag };
}

function end(cursor: TokenCursor, kind: "commit" | "rollback", tag: string): SessionCommand {
  cursor.skip("work", "transaction");
  if (cursor.skip("prepared")) refuse("Two-phase commit", "Nothing can be written here.");
  if (cursor.skip("and")) {
    if (!cursor.skip("no")) refuse("AND CHAIN", "Send BEGIN again.");
    cursor.need("chain");
  }
  return { kind, tag };
}

function rollBack(cursor: TokenCursor): SessionCommand {
  cursor.skip("work", "transaction");
  if (!cursor.skip("to")) return end(cursor, "rollback", "ROLLBACK");
  cursor.skip("savepoint");
  return { kind: "rollback-to", name: cursor.name("savepoint") };
}

function set(cursor: TokenCursor): SessionCommand {
  const isLocal = cursor.skip("local");
  if (!isLocal) cursor.skip("session");
  if (cursor.skip("characteristics", "transaction")) {
    cursor.skipAll();
    return { kind: "nothing", tag: "SET" };
  }
  if (cursor.skip("role", "authorization"))
    refuse("Acting as somebody else", "Sign in as the one whose data you want to read.");
  if (cursor.skip("names")) return { kind: "set", name: "client_encoding", value: settingValue(cursor), isLocal };
  if (cursor.skip("schema")) return { kind: "set", name: "search_path", value: searchPathValue(cursor), isLocal };
  const name = cursor.setting();
  if (name !== "timezone" || !cursor.hasSkippedZone) cursor.needAssignment();
  if (name === "search_path") return { kind: "set", name, value: searchPathValue(cursor), isLocal };
  return { kind: "set", name, value: settingValue(cursor), isLocal };
}

/** Each text between commas is one schema, whatever is in it: `''` is one that there is none of. */
function searchPathValue(cursor: TokenCursor): string | null {
  if (cursor.skip("default")) return null;
  const schemas: string[] = [];
  do schemas.push(cursor.text("schema"));
  while (cursor.skipSymbol(","));
  return formatSearchPath(schemas);
}

/** Values of a list come back as one text. */
function settingValue(cursor: TokenCursor): string | null {
  if (cursor.skip("default")) return null;
  const tokens = cursor.takeAll();
  if (tokens.length === 0) throw gatewayError["sql-syntax"]({ problem: "SET needs a value" });
  return tokens.map(shownToken).join("").replaceAll(",", ", ");
}

function shownToken({ kind, value }: SqlToken): string {
  return kind === "name" ? `"${value}"` : value;
}

function nothing(cursor: TokenCursor, tag: string): SessionCommand {
  cursor.skipAll();
  return { kind: "nothing", tag };
}

function fetch(cursor: TokenCursor, isMove: boolean): FetchCommand {
  const isForward = cursor.skip("forward");
  if (!isForward && cursor.skip("backward", "prior", "first", "last", "absolute", "relative"))
    refuse("Going back in a cursor", "Cursors only go forward: declare it anew.");
  const count = fetchCount(cursor);
  cursor.skip("from", "in");
  return { kind: "fetch", cursor: cursor.name("cursor"), count, isMove };
}

function fetchCount(cursor: TokenCursor): number {
  if (cursor.skip("next")) return 1;
  if (cursor.skip("all")) return Number.POSITIVE_INFINITY;
  return cursor.number() ?? 1;
}
