export type Severity = "error" | "warning" | "info";

/** One remark on a contract, at a place the reader can open. The shape is what `mesh contract lint --json` prints. */
export interface Finding {
  /** `odcs-…` for the standard, `house-…` for what this mesh asks of its own products. */
  readonly rule: string;
  readonly severity: Severity;
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  /** 1-based, in UTF-16 code units. */
  readonly column: number;
  /** Where it is in the document: `schema[0].properties[2].logicalType`; empty for the document itself. */
  readonly path: string;
  readonly message: string;
  /** What to do about it. */
  readonly hint: string;
}

export type DocumentPath = readonly (string | number)[];

/** Anything that can turn a place in a document into findings about it. */
export type Report = (path: DocumentPath, text: FindingText) => void;

export interface FindingText {
  readonly rule: string;
  readonly message: string;
  readonly hint: string;
  /** `error` when absent. */
  readonly severity?: Severity;
  /** Points at the key instead of its value. */
  readonly atKey?: boolean;
}

export function hasErrors(findings: readonly Finding[]): boolean {
  return findings.some((finding) => finding.severity === "error");
}

/** In reading order; of several remarks with one rule at one place only the first stays. */
export function inReadingOrder(findings: readonly Finding[]): Finding[] {
  const seen = new Set<string>();
  const distinct = findings.filter((finding) => {
    const identity = `${finding.rule} ${finding.path} ${finding.line}:${finding.column}`;
    return !seen.has(identity) && seen.add(identity);
  });
  return distinct.sort((a, b) => a.line - b.line || a.column - b.column);
}

export function formatPath(path: DocumentPath): string {
  return path.map((part, index) => (typeof part === "number" ? `[${part}]` : index === 0 ? part : `.${part}`)).join("");
}
