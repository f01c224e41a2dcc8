import path from "node:path";
import type { Finding } from "@thoth/contract/finding";
import type { PlacedSubgraph } from "@thoth/subgraph/served-graph";
import type { DocumentProblem, Servers } from "./mesh-config.ts";
import type { PersistedDocument } from "./persisted-documents.ts";

/** What is wrong with documents that readers may name, against the schema that the domains make together. */
export function findBadDocuments(
  documents: readonly PersistedDocument[],
  {
    servers,
    subgraphs,
    root,
  }: { readonly servers: Servers; readonly subgraphs: readonly PlacedSubgraph[]; readonly root: string },
): Finding[] {
  const texts = documents.map(({ text }) => text);
  return servers.checkDocuments(subgraphs, texts).flatMap((problems, index) => {
    const document = documents[index];
    return document === undefined ? [] : problems.map((problem) => findingOf(problem, document, root));
  });
}

function findingOf(
  { code, message, hint, line, column }: DocumentProblem,
  { file, firstLine, ids }: PersistedDocument,
  root: string,
): Finding {
  // In a manifest a whole document is one line of JSON.
  const place = firstLine === undefined ? { line: 1, column: 1 } : { line: firstLine + line - 1, column };
  return {
    rule: code,
    severity: "error",
    file: path.relative(root, file),
    ...place,
    path: ids.at(-1) ?? "",
    message,
    hint,
  };
}
