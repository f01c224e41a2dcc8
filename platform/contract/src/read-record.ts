import { explainShape } from "./explain-shape.ts";
import { type Finding, inReadingOrder } from "./finding.ts";
import { readSourceDocument, type SourceDocument } from "./source-document.ts";
import type { ShapeError } from "./validate-shape.ts";

/** A YAML file of ours that is no contract: a review, a register, the council. */
export interface RecordShape {
  /** `review`: what the file is called in messages, and how its rules begin. */
  readonly noun: string;
  readonly validate: (value: unknown) => readonly ShapeError[];
}

export interface ReadRecord {
  /** To report what the shape cannot say, as long as nothing is wrong with the shape. */
  readonly source: SourceDocument;
  readonly sound: boolean;
  /** All that was reported until now, in reading order. */
  readonly findings: () => readonly Finding[];
}

/** Never throws for what the text says. */
export function readRecord(text: string, file: string, { noun, validate }: RecordShape): ReadRecord {
  const source = readSourceDocument(text, file);
  const errors = source.value === undefined ? [] : validate(source.value);
  for (const { path, ...words } of explainShape(errors, source.value, `the ${noun}`)) source.report(path, words);
  const findings = () =>
    inReadingOrder(source.findings).map((finding) => ({
      ...finding,
      rule: finding.rule.replace(/^odcs-/, `${noun}-`),
    }));
  return { source, sound: source.findings.length === 0, findings };
}
