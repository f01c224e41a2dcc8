import type { JsonPieces } from "@thoth/subgraph/operation-parts";
import type { ExecutionResult, GraphQLError } from "graphql";
import type { LaterPart } from "./deferred-parts.ts";

/** One part's answer: written by the engine, or as an object. */
export type PartResult = ExecutionResult & { readonly pieces?: JsonPieces };

export interface LaterNote {
  readonly id: number;
  readonly label: string | undefined;
  /** Whether more is to come. */
  readonly hasNext: boolean;
}

/** How the parts of an answer are told. What it makes is written already. */
export interface IncrementalFormat {
  first(result: PartResult, later: readonly LaterPart[]): ExecutionResult;
  later(result: PartResult, note: LaterNote): ExecutionResult;
}

/** As the client wants it: the specification's present words, or those of August 2022, which many clients still speak. */
export function incrementalFormat({ headers }: Request): IncrementalFormat {
  return /deferSpec=20220824/.test(headers.get("accept") ?? "") ? format2022 : currentFormat;
}

const currentFormat: IncrementalFormat = {
  first(result, later) {
    const pending = later.map(({ label }, id) => ({ id: String(id), path: [], ...(label !== undefined && { label }) }));
    return written([...fields(result), ["pending", JSON.stringify(pending)], ["hasNext", "true"]]);
  },
  later(result, { id, hasNext }) {
    const errors = errorsOf(result);
    const isThere = isAnswered(result);
    const named: Field = ["id", JSON.stringify(String(id))];
    const completed = isThere || errors === undefined ? [named] : [named, ["errors", errors] as Field];
    return written([
      ...(isThere ? [["incremental", `[${object([named, ...fields(result)])}]`] as Field] : []),
      ["completed", `[${object(completed)}]`],
      ["hasNext", String(hasNext)],
    ]);
  },
};

const format2022: IncrementalFormat = {
  first: (result) => written([...fields(result), ["hasNext", "true"]]),
  later(result, { label, hasNext }) {
    const place: Field[] = [
      ["path", "[]"],
      ...(label === undefined ? [] : [["label", JSON.stringify(label)] as Field]),
    ];
    const told: Field[] = isAnswered(result) ? fields(result) : [["data", "null"], ...fields(result)];
    return written([
      ["incremental", `[${object([...told, ...place])}]`],
      ["hasNext", String(hasNext)],
    ]);
  },
};

/** Name and JSON. */
type Field = readonly [name: string, json: string];

function fields(result: PartResult): Field[] {
  const data = dataOf(result);
  const errors = errorsOf(result);
  const { extensions = {} } = result;
  return [
    ...(data === undefined ? [] : [["data", data] as Field]),
    ...(errors === undefined ? [] : [["errors", errors] as Field]),
    ...(Object.keys(extensions).length === 0 ? [] : [["extensions", JSON.stringify(extensions)] as Field]),
  ];
}

function isAnswered({ data }: PartResult): boolean {
  return data !== undefined && data !== null;
}

function dataOf({ pieces, data }: PartResult): string | undefined {
  if (pieces !== undefined) return Buffer.concat(pieces).toString("utf8");
  return data === undefined || data === null ? undefined : JSON.stringify(data);
}

function errorsOf({ errors = [] }: PartResult): string | undefined {
  return errors.length === 0 ? undefined : JSON.stringify(errors.map(shownError));
}

/** What an HTTP server should do about it is not for clients. */
function shownError(error: GraphQLError): object {
  const { extensions = {}, ...shown } = error.toJSON();
  const { http: _, ...told } = extensions;
  return { ...shown, ...(Object.keys(told).length > 0 && { extensions: told }) };
}

function object(all: readonly Field[]): string {
  return `{${all.map(([name, json]) => `${JSON.stringify(name)}:${json}`).join(",")}}`;
}

function written(all: readonly Field[]): ExecutionResult {
  return { stringify: () => object(all) } as unknown as ExecutionResult;
}
