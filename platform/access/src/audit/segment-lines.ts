import { createReadStream } from "node:fs";

export interface SegmentLine {
  readonly text: string;
  /** 1-based. */
  readonly line: number;
  /** False for what lies behind the last line end: whoever wrote it did not come to its end. */
  readonly whole: boolean;
}

/** Lines as bytes lie there: nothing but `\n` ends one, so that no change hides in another kind of line end. */
export async function* segmentLines(path: string, signal?: AbortSignal): AsyncGenerator<SegmentLine, void, void> {
  let rest = "";
  let line = 0;
  for await (const chunk of createReadStream(path, { encoding: "utf8", ...(signal && { signal }) })) {
    const lines = (rest + (chunk as string)).split("\n");
    rest = lines.pop() ?? "";
    for (const text of lines) yield { text, line: ++line, whole: true };
  }
  if (rest !== "") yield { text: rest, line: line + 1, whole: false };
}
