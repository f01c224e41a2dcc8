import { readdirSync } from "node:fs";
import { join } from "node:path";
import { explainShape } from "../explain-shape.ts";
import { type Finding, inReadingOrder } from "../finding.ts";
import { readContractText } from "../read-contract-file.ts";
import { readSourceDocument, type SourceDocument } from "../source-document.ts";
import type { ShapeError } from "../validate-shape.ts";

/** One YAML file of the council. */
export interface CouncilFile<Content> {
  /** Relative to the root. */
  readonly file: string;
  /** Without folder and `.yaml`. */
  readonly name: string;
  /** Present when the file has the shape it should have. */
  readonly content: Content | undefined;
  readonly source: SourceDocument;
}

export interface CouncilFolder {
  /** Relative to the root. */
  readonly folder: string;
  /** What one document is called, `policy`; rules about it begin with that. */
  readonly noun: string;
  /** Names of files in it that are something else. */
  readonly others?: readonly string[];
  validate(value: unknown): readonly ShapeError[];
}

/**
 * The YAML files of one folder of the council, sorted by name; none when there is no folder. Never throws for what a
 * file says: that is in the findings of its source.
 */
export function readCouncilFiles<Content>(
  root: string,
  { folder, noun, validate, others = [] }: CouncilFolder,
): CouncilFile<Content>[] {
  const names = yamlNames(join(root, folder)).filter((name) => !others.includes(name));
  return names.map((fileName) => {
    const file = `${folder}/${fileName}`;
    const source = readSourceDocument(readContractText(root, file), file);
    const errors = source.value === undefined ? [] : validate(source.value);
    for (const { path, rule, ...text } of explainShape(errors, source.value, `the ${noun}`))
      source.report(path, { rule: rule.replace("odcs-", `${noun}-`), ...text });
    const valid = source.findings.length === 0 && errors.length === 0;
    const content = valid ? (source.value as Content) : undefined;
    return { file, name: fileName.replace(/\.ya?ml$/, ""), content, source };
  });
}

/** Everything wrong with the files, file by file. YAML itself is read as for contracts, whose standard has no say here. */
export function councilFindings(files: readonly CouncilFile<unknown>[], { noun }: CouncilFolder): Finding[] {
  return files
    .flatMap(({ source }) => inReadingOrder(source.findings))
    .map((finding) => ({ ...finding, rule: finding.rule.replace("odcs-yaml-", `${noun}-yaml-`) }));
}

function yamlNames(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => /\.ya?ml$/.test(name))
      .sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}
