import type { Statement } from "@thoth/subgraph/compile-sql";
import type { FilePlan } from "@thoth/subgraph/file-plan";
import { type TextOptions, textHead, textStatement, textTail } from "@thoth/subgraph/file-text";
import type { FileParts } from "./file-answer.ts";
import { oneAhead } from "./one-ahead.ts";

/** Carries out a statement that nobody will ask again. */
export type RunBytes = (statement: Statement) => Promise<readonly Uint8Array[]>;

/** The pieces of a text file, part by part. The first part is there when this resolves, so that its failure can be told. */
export function textBody(
  { plan, parts, options }: { readonly plan: FilePlan; readonly parts: FileParts; readonly options: TextOptions },
  run: RunBytes,
): Promise<AsyncIterable<Uint8Array>> {
  return oneAhead(work(), {
    head: Buffer.from(textHead(plan, options)),
    pieces: (blocks) => blocks,
    tail: Buffer.from(textTail(options)),
  });

  async function* work() {
    for await (const part of parts) yield () => run(textStatement(plan, part, options));
  }
}
