import type { JsonPieces } from "@thoth/subgraph/operation-parts";
import type { ExecutionResult } from "graphql";

/** Bytes that are looked at before others get their turn. */
const bytesPerTurn = 1024 * 1024;

/** Rows of an answer: objects in its lists, or where it has no lists, fields of it that are objects. */
export async function countRows(result: ExecutionResult): Promise<number> {
  const { pieces } = result as { pieces?: JsonPieces };
  return pieces === undefined ? countInData(result.data) : countInJson(pieces);
}

function countInData(data: ExecutionResult["data"]): number {
  const count = { lists: 0, inLists: 0 };
  for (const value of Object.values(data ?? {})) countIn(value, count);
  if (count.lists > 0) return count.inLists;
  return Object.values(data ?? {}).filter((value) => typeof value === "object" && value !== null).length;
}

function countIn(value: unknown, count: { lists: number; inLists: number }): void {
  if (typeof value !== "object" || value === null) return;
  if (!Array.isArray(value)) {
    for (const inner of Object.values(value)) countIn(inner, count);
    return;
  }
  count.lists += 1;
  for (const item of value) {
    if (typeof item === "object" && item !== null && !Array.isArray(item)) count.inLists += 1;
    countIn(item, count);
  }
}

const [quote, backslash, openObject, closeObject, openList, closeList] = [0x22, 0x5c, 0x7b, 0x7d, 0x5b, 0x5d] as const;

/**
 * The same for data that is written already.
 * @param pieces JSON of an object
 * @param depth objects around the fields: 1, or 2 in the body of a response, where they stand in `data`
 */
export async function countInJson(pieces: JsonPieces, depth = 1): Promise<number> {
  const scan = new JsonScan(depth);
  let looked = 0;
  for (const piece of pieces) {
    for (let from = 0; from < piece.length; from += bytesPerTurn) {
      const part = piece.subarray(from, from + bytesPerTurn);
      scan.read(part);
      looked += part.length;
      if (looked < bytesPerTurn) continue;
      looked = 0;
      await new Promise(setImmediate);
    }
  }
  return scan.rows;
}

/** Reads bytes in a loop of its own: an answer has millions of them. */
class JsonScan {
  readonly #depth: number;
  /** Of every level that is open, whether it is a list. */
  readonly #levels: boolean[] = [];
  #inText = false;
  #isEscaped = false;
  #lists = 0;
  #inLists = 0;
  #fields = 0;

  constructor(depth: number) {
    this.#depth = depth;
  }

  get rows(): number {
    return this.#lists > 0 ? this.#inLists : this.#fields;
  }

  read(bytes: Uint8Array): void {
    let [inText, isEscaped] = [this.#inText, this.#isEscaped];
    for (let position = 0; position < bytes.length; position += 1) {
      const byte = bytes[position];
      if (inText) {
        if (isEscaped) isEscaped = false;
        else if (byte === backslash) isEscaped = true;
        else if (byte === quote) inText = false;
      } else if (byte === quote) inText = true;
      else if (byte === openObject) this.#open(false);
      else if (byte === openList) this.#open(true);
      else if (byte === closeObject || byte === closeList) this.#levels.pop();
    }
    [this.#inText, this.#isEscaped] = [inText, isEscaped];
  }

  #open(isList: boolean): void {
    if (isList) this.#lists += 1;
    else if (this.#levels.at(-1) === true) this.#inLists += 1;
    else if (this.#levels.length === this.#depth) this.#fields += 1;
    this.#levels.push(isList);
  }
}
