import type { Statement } from "@thoth/subgraph/compile-sql";
import { type FileOutline, partsOf } from "@thoth/subgraph/file-outline";
import type { FilePlan } from "@thoth/subgraph/file-plan";
import { type TextOptions, textHead, textStatement, textTail } from "@thoth/subgraph/file-text";
import { oneAhead } from "./one-ahead.ts";

/** Carries out a statement that nobody will ask again. */
export type RunBytes = (statement: Statement) => Promise<readonly Uint8Array[]>;

/** The pieces of a text file, part by part. The first part is there when this resolves, so that its failure can be told. */
export function textBody(
  { plan, outline, options }: { readonly plan: FilePlan; readonly outline: FileOutline; readonly options: TextOptions },
  run: RunBytes,
): Promise<AsyncIterable<Uint8Array>> {
  const parts = partsOf(outline).map((part) => () => run(textStatement(plan, part, options)));
  return oneAhead(parts, {
    head: Buffer.from(textHead(plan, options)),
    pieces: (blocks) => blocks,
    tail: Buffer.from(textTail(options)),
  });
}
