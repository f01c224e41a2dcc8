export interface TextPlace {
  /** 1-based. */
  readonly line: number;
  /** 1-based, in UTF-16 units, as editors count. */
  readonly column: number;
}

/**
 * The engine counts UTF-8 bytes from the start of the text. `\r\n` ends one line.
 * @param byteOffset 0-based; beyond the end means the end
 */
export function placeAt(sql: string, byteOffset: number): TextPlace {
  return placeAfter(Buffer.from(sql, "utf8").subarray(0, byteOffset).toString("utf8"));
}

/**
 * The engine's parser, unlike the rest of it, counts characters.
 * @param offset 0-based, in Unicode code points
 */
export function placeAtCharacter(sql: string, offset: number): TextPlace {
  return placeAfter([...sql].slice(0, offset).join(""));
}

function placeAfter(before: string): TextPlace {
  const lines = before.split(/\r\n|\n|\r/);
  return { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 };
}
