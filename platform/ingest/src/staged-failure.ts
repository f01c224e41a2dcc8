import type { DeclaredColumn } from "./column-spec.ts";
import type { RelationData } from "./connector.ts";
import { showValue } from "./engine-failure.ts";
import { ingestError } from "./errors.ts";

/** Longest row that is read, bytes. */
export const longestRow = 64 * 1024 * 1024;

/** The engine's own text is not passed on: it quotes the whole row and the name of a file that is gone. */
export function explainStaged(columns: readonly DeclaredColumn[], place: string): RelationData["explain"] {
  return (failure) => {
    if (!(failure instanceof Error)) return failure;
    const cast = /converting column "(.*?)"\. Could not convert string "([\s\S]*?)" to '(.*?)'/.exec(failure.message);
    if (cast === null) return explainOther(failure, place);
    const [, name = "", value = "", type = ""] = cast;
    const column = columns.find((declared) => declared.name === name)?.from ?? name;
    return ingestError["wrong-type"]({ column, type, value: showValue(value) }, { at: { path: `${place}.${column}` } });
  };
}

export function notUtf8(place: string): Error {
  const type = "text in UTF-8";
  return ingestError["wrong-type"](
    { column: "(one of the declared columns)", type, value: "a value" },
    { at: { path: place } },
  );
}

function explainOther(failure: Error, place: string): unknown {
  if (/maximum_line_size|Maximum line size|buffer size/i.test(failure.message)) {
    return ingestError["row-too-long"]({ limitBytes: longestRow }, { at: { path: place } });
  }
  const engineText = failure.cause instanceof Error ? failure.cause.message : "";
  if (/CSV Error|Conversion|Invalid Input/i.test(failure.message + engineText)) {
    return ingestError["wrong-type"](
      { column: "(one of the declared columns)", type: "value of the declared type", value: "a value" },
      { at: { path: place } },
    );
  }
  return failure;
}
