import { contractError } from "./errors.ts";
import { type DocumentPath, type Finding, hasErrors, inReadingOrder } from "./finding.ts";
import type { DataContract } from "./generated/odcs.ts";
import { reportMeaning } from "./report-meaning.ts";
import { reportShape } from "./report-shape.ts";
import { type Position, readSourceDocument } from "./source-document.ts";

export interface ParsedContract {
  /** The file as the caller named it. */
  readonly file: string;
  /** Present when the document has the shape of a contract; `findings` may still hold errors about its meaning. */
  readonly contract?: DataContract;
  /** In reading order. */
  readonly findings: readonly Finding[];
  /** Place of a part of the document, or of what encloses it when there is no such part. */
  readonly locate: (path: DocumentPath) => Position;
}

/**
 * Reads a contract of the Open Data Contract Standard, 3.0 to 3.2. Never throws for what the text says: everything
 * wrong with it is a finding. What only our own products must have is for `checkProduct`.
 * @param file named in findings
 */
export function parseContract(text: string, file: string): ParsedContract {
  const source = readSourceDocument(text, file);
  let contract: DataContract | undefined;
  if (source.value !== undefined) {
    contract = reportShape(source.value, source.report);
    if (contract) reportMeaning(contract, source.report);
  }
  const findings = inReadingOrder(source.findings);
  return { file, ...(contract && { contract }), findings, locate: source.locate };
}

/** @throws MeshError `contract/invalid` with every error found and the place of the first */
export function readContract(text: string, file: string): ParsedContract & { readonly contract: DataContract } {
  return requireValid(parseContract(text, file));
}

/** @throws MeshError `contract/invalid` when there is an error among the contract's findings, or among the further ones given */
export function requireValid(
  parsed: ParsedContract,
  further: readonly Finding[] = [],
): ParsedContract & { readonly contract: DataContract } {
  const { contract, file } = parsed;
  const findings = inReadingOrder([...parsed.findings, ...further]).filter(({ severity }) => severity === "error");
  if (contract && !hasErrors(findings)) return { ...parsed, contract };
  const [first] = findings;
  const at = first ? { file, line: first.line, column: first.column, path: first.path } : { file };
  throw contractError.invalid({ file, findings }, { at });
}
