import type { Place } from "@thoth/kernel/mesh-error";
import type { DeclaredColumn } from "./column-spec.ts";
import { ingestError } from "./errors.ts";
import { untoldValue } from "./strict-rows.ts";

const shownCharacters = 40;

/**
 * Reads the place out of the engine's message about a file; `place` stands in where the message has none. The engine's own text is not passed on: it quotes
 * the whole line, and a line may hold what must not reach a log.
 */
export function explainReadFailure(columns: readonly DeclaredColumn[], place?: Place): (failure: unknown) => unknown {
  return (failure) => {
    if (!(failure instanceof Error)) return failure;
    return (
      explainMisfit(failure.message, place) ??
      explainVanished(failure.message) ??
      explainCsv(failure.message, columns) ??
      explainJson(failure.message) ??
      explainCast(failure.message, place) ??
      failure
    );
  };
}

/** As `strictRows` tells it. */
function explainMisfit(text: string, place: Place | undefined): Error | undefined {
  const [, column = "", value = "", type = "", file] =
    /(?:^|Error: )converting column "(.*?)"\. Could not convert string "([\s\S]*)" to '(.*?)' of "(.*)"/.exec(text) ??
    [];
  if (file === undefined) return undefined;
  const isOne = place?.file !== undefined && !/ and \d+ others$/.test(place.file);
  return ingestError["wrong-type"]({ column, type, value: showValue(value) }, { at: isOne ? place : { file } });
}

export function showValue(value: string): string {
  return value === untoldValue ? "a value" : shorten(value);
}

function explainVanished(text: string): Error | undefined {
  const gone = /No files found that match the pattern "(.*?)"|Cannot open file "(.*?)": No such file/.exec(text);
  return gone === null
    ? undefined
    : ingestError["file-vanished"](undefined, { at: { file: gone[1] ?? gone[2] ?? "" } });
}

function explainCsv(text: string, columns: readonly DeclaredColumn[]): Error | undefined {
  const file = /\n\s*file = (.*)/.exec(text)?.[1]?.trim();
  const line = /CSV Error on Line: (\d+)/.exec(text)?.[1];
  if (line === undefined) {
    if (!/CSV Parser state machine|Error when sniffing file/i.test(text)) return undefined;
    return ingestError["malformed-file"]({ detail: csvDetail("") }, file === undefined ? {} : { at: { file } });
  }
  const at = { ...(file === undefined ? {} : { file }), line: Number(line) };
  const cast = /converting column "(.*?)"\. Could not convert string "([\s\S]*?)" to '(.*?)'/.exec(text);
  if (cast === null) return ingestError["malformed-file"]({ detail: csvDetail(text) }, { at });
  const [, column = "", value = "", type = ""] = cast;
  const secret = columns.some((declared) => declared.from === column && declared.pseudonymise);
  return ingestError["wrong-type"]({ column, type, value: secret ? "a value" : shorten(value) }, { at });
}

function csvDetail(text: string): string {
  const expected = /Expected Number of Columns: (\d+) Found: (\d+)/.exec(text);
  if (expected !== null) return `a row has ${expected[2]} fields where the header has ${expected[1]}`;
  if (/unicode|utf-8/i.test(text)) return "it is not UTF-8";
  if (/quote/i.test(text)) return "a quoted field does not end";
  if (/maximum_line_size|Maximum line size/i.test(text)) return "a line is longer than the limit";
  return "it is not a well-formed CSV file";
}

function explainJson(text: string): Error | undefined {
  const shape = explainShape(text);
  if (shape !== undefined) return shape;
  const broken =
    /Malformed JSON in file "(.*?)",? at byte (\d+) in (?:line|record\/value|value|array) (\d+): (.*?)\.?\s*$/m.exec(
      text,
    );
  if (broken !== null) {
    const [, file = "", column, line, detail = ""] = broken;
    return ingestError["malformed-file"]({ detail }, { at: { file, line: Number(line), column: Number(column) } });
  }
  const cast = /JSON transform error in file "(.*?)", in (?:line|record\/value|value) (\d+): ([^\n]*)/.exec(text);
  if (cast === null) return undefined;
  const [, file = "", line, detail = ""] = cast;
  const value = /"([^"]*)"/.exec(detail)?.[1];
  const type = /to type (\w+)|invalid (\w+) field/.exec(detail);
  const wanted = (type?.[1] ?? type?.[2] ?? "value of the declared type").toUpperCase();
  const params = { column: "(see the line)", type: wanted, value: value === undefined ? "a value" : shorten(value) };
  return ingestError["wrong-type"](params, { at: { file, line: Number(line) } });
}

/** JSON that is no object as one is read: a key stands twice, or there is no object at all. */
function explainShape(text: string): Error | undefined {
  const unlisted = /Expected top-level JSON array[\s\S]*? in file "(.*?)"/.exec(text)?.[1];
  if (unlisted !== undefined)
    return ingestError["malformed-file"]({ detail: "it is no list of objects" }, { at: { file: unlisted, line: 1 } });
  const found =
    /JSON transform error in file "(.*?)", in (?:line|record\/value|value) (\d+): (?:Object [\s\S]* has duplicate key "([\s\S]*?)"\s*(?:\n|$)|Expected OBJECT, but got (\w+))/.exec(
      text,
    );
  if (found === null) return undefined;
  const [, file = "", line, key, kind] = found;
  const detail =
    key === undefined
      ? `this is no object but ${jsonKinds[kind ?? ""] ?? "a number"}`
      : `${toldKey(key)} stands twice in an object`;
  return ingestError["malformed-file"]({ detail }, { at: { file, line: Number(line) } });
}

/** A key that is no plain name may be a value itself. */
function toldKey(key: string): string {
  return /^[A-Za-z_][\w-]{0,63}$/.test(key) ? `the key ${key}` : "a key";
}

const jsonKinds: Readonly<Record<string, string>> = {
  ARRAY: "a list",
  VARCHAR: "a text",
  BOOLEAN: "true or false",
};

/** A cast outside the reader, where the engine no longer knows the line. */
function explainCast(text: string, at: Place | undefined): Error | undefined {
  const named = /converting column "(.*?)"\. Could not convert string "([\s\S]*?)" to '(.*?)'/.exec(text)?.slice(1);
  const [column = "(one of the declared columns)", value, type] = named ?? [undefined, ...(castOf(text) ?? [])];
  if (value === undefined && !/Conversion Error|out of range|Unimplemented type for cast/i.test(text)) return undefined;
  const shown = value === undefined ? "a value" : shorten(value);
  const params = { column, type: type ?? "value of the declared type", value: shown };
  return ingestError["wrong-type"](params, at === undefined ? {} : { at });
}

/** The value and the type. */
function castOf(text: string): string[] | undefined {
  const [, kind, time] =
    /(?:invalid )?(\w+) field (?:format|value out of range): "([\s\S]*?)", expected/.exec(text) ?? [];
  if (kind !== undefined && time !== undefined) return [time, kind.toUpperCase()];
  const found =
    /Could not convert string ['"]([\s\S]*?)['"] to '?([A-Z0-9_]+)/.exec(text) ??
    /Failed to cast decimal value (\S+) to type (\w+)/.exec(text) ??
    /with value (\S+) can't be cast .*? type (\w+)/.exec(text) ??
    /Could not cast value (\S+) to (\S+)/.exec(text);
  return found?.slice(1);
}

function shorten(value: string): string {
  // It may hold anything.
  if (/^\s*[[{]/.test(value)) return "a value";
  return JSON.stringify(value.length > shownCharacters ? `${value.slice(0, shownCharacters)}…` : value);
}
