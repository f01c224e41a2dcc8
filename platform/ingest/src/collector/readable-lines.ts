import { readFile, writeFile } from "node:fs/promises";
import { parseEngineError } from "@thoth/warehouse/engine-errors";
import { quoteIdentifier, quoteList, quoteLiteral } from "@thoth/warehouse/sql-text";
import type { WriteSide } from "@thoth/warehouse/write-side";
import type { StreamColumn } from "../connector.ts";
import type { Staging } from "../staged-rows.ts";

/** A line that is whole, and that the engine refuses all the same. */
export interface RefusedLine {
  readonly line: Buffer;
  /** Of its beginning in the file, bytes. */
  readonly offset: number;
  readonly failure: Error;
}

export interface LinesToRead {
  readonly file: string;
  readonly columns: readonly StreamColumn[];
  /** Name of the temporary table that is made of them. */
  readonly table: string;
  readonly engine: WriteSide;
  readonly staging: Staging;
}

/** Longest line that the engine reads, bytes: far above what the collector takes in. */
const longestLine = 16 * 1024 ** 2;

/**
 * Makes a table of lines of JSON. Those that the engine refuses are not in it; the others do not wait for them.
 * @throws what the engine throws for any other reason
 */
export async function readLines(lines: LinesToRead): Promise<RefusedLine[]> {
  const { engine, file, columns } = lines;
  const table = `temp.main.${quoteIdentifier(lines.table)}`;
  const items = columns.map(({ name, type }) => `${quoteIdentifier(name)} ${type}`);
  await engine.run(`CREATE OR REPLACE TEMP TABLE ${quoteIdentifier(lines.table)} (${items.join(", ")})`);
  const insert = async (from: string) => {
    await engine.run(`INSERT INTO ${table} ${selectLines(from, columns)}`);
  };
  try {
    await insert(file);
    return [];
  } catch (failure) {
    if (!isRefusal(failure)) throw failure;
    const bytes = await readFile(file);
    return await sift({ bytes, offset: 0, failure }, { insert, staging: lines.staging });
  }
}

function selectLines(file: string, columns: readonly StreamColumn[]): string {
  const types = columns.map(({ name, type }) => `${quoteLiteral(name)}: ${quoteLiteral(type)}`);
  const settings = ["format = 'newline_delimited'", `maximum_object_size = ${longestLine}`];
  const items = columns.map(({ name }) => quoteIdentifier(name)).join(", ");
  return `SELECT ${items} FROM read_json(${quoteList([file])}, ${settings.join(", ")}, columns = {${types.join(", ")}})`;
}

/** It is what the line says, and no full disk, no lack of memory and no interruption. */
function isRefusal(failure: unknown): failure is Error {
  return failure instanceof Error && refusals.includes(parseEngineError(failure).kind ?? "");
}

const refusals = ["Invalid Input", "Conversion", "Out of Range"];

interface RefusedLines {
  readonly bytes: Buffer;
  readonly offset: number;
  readonly failure: Error;
}

interface Sifting {
  readonly insert: (file: string) => Promise<void>;
  readonly staging: Staging;
}

/** Half of them, and half of that: what the engine says of the line is only approximate. */
async function sift({ bytes, offset, failure }: RefusedLines, sifting: Sifting): Promise<RefusedLine[]> {
  const half = endOfLine(bytes, Math.floor(bytes.length / 2));
  // One long line may be behind short ones.
  const middle = half < bytes.length ? half : endOfLine(bytes, 0);
  if (middle === bytes.length) return [{ line: bytes.subarray(0, -1), offset, failure }];
  const before = await siftPart(bytes.subarray(0, middle), offset, sifting);
  return [...before, ...(await siftPart(bytes.subarray(middle), offset + middle, sifting))];
}

async function siftPart(bytes: Buffer, offset: number, sifting: Sifting): Promise<RefusedLine[]> {
  const file = sifting.staging.nextFile();
  await writeFile(file, bytes, { mode: 0o600 });
  try {
    await sifting.insert(file);
    return [];
  } catch (failure) {
    if (!isRefusal(failure)) throw failure;
    return await sift({ bytes, offset, failure }, sifting);
  }
}

/** Behind the line that holds a byte. */
function endOfLine(bytes: Buffer, at: number): number {
  return bytes.indexOf(10, at) + 1;
}
