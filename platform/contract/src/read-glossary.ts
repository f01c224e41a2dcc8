import { readdirSync } from "node:fs";
import { join } from "node:path";
import { contractError } from "./errors.ts";
import { explainShape } from "./explain-shape.ts";
import { inReadingOrder } from "./finding.ts";
import { readContractText } from "./read-contract-file.ts";
import { readSourceDocument, type SourceDocument } from "./source-document.ts";
import { shapeValidator } from "./validate-shape.ts";

/** What everyone in the mesh means by a word. One file each under `contracts/glossary/`. */
export interface GlossaryTerm {
  /** `teaching-period`; also the file's name. */
  readonly term: string;
  readonly title: string;
  readonly kind: "entity" | "measure" | "concept";
  readonly definition: string;
  /** What it is easily taken for, but is not. */
  readonly excludes?: string;
  readonly synonyms?: readonly string[];
  /** Of an entity: the product that keeps its identity, as `domain/product`, and the columns that tell one from another. */
  readonly master?: { readonly product: string; readonly key: readonly string[] };
  readonly related?: readonly string[];
}

const folder = "contracts/glossary";
const validate = shapeValidator<GlossaryTerm>("glossary.schema.json");

/**
 * The business glossary of a repository, sorted by term; empty when there is none.
 * @throws MeshError `contract/glossary-invalid` with every error found and the place of the first
 */
export function readGlossary(root: string): GlossaryTerm[] {
  const entries = glossaryFiles(root).map((file) => readEntry(root, file));
  const known = new Set(entries.map(({ file }) => file));
  for (const entry of entries) reportStrays(entry, known);
  const findings = entries.flatMap((entry) => inReadingOrder(entry.source.findings));
  const [first] = findings;
  if (first === undefined) return entries.flatMap(({ term }) => term ?? []);
  const { file, line, column } = first;
  throw contractError["glossary-invalid"]({ findings }, { at: { file, line, column } });
}

interface Entry {
  /** Relative to the root. */
  readonly file: string;
  readonly source: SourceDocument;
  readonly term: GlossaryTerm | undefined;
}

function glossaryFiles(root: string): string[] {
  try {
    const names = readdirSync(join(root, folder)).filter((name) => name.endsWith(".yaml"));
    return names.sort().map((name) => `${folder}/${name}`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

function readEntry(root: string, file: string): Entry {
  const source = readSourceDocument(readContractText(root, file), file);
  const errors = source.value === undefined ? [] : validate(source.value);
  for (const { path, ...text } of explainShape(errors, source.value, "the term")) source.report(path, text);
  const valid = source.findings.length === 0 && errors.length === 0;
  return { file, source, term: valid ? (source.value as GlossaryTerm) : undefined };
}

/** A term lies in the file of its name, and leads only to terms there are. */
function reportStrays({ file, source, term }: Entry, known: ReadonlySet<string>): void {
  if (term === undefined) return;
  if (file !== fileOf(term.term)) {
    const message = `The term "${term.term}" lies in ${file}`;
    source.report(["term"], { rule: "house-glossary-file", message, hint: `Call the file ${fileOf(term.term)}.` });
  }
  for (const [index, other] of (term.related ?? []).entries()) {
    if (known.has(fileOf(other))) continue;
    const message = `There is no term "${other}"`;
    source.report(["related", index], {
      rule: "house-glossary-related",
      message,
      hint: `Write ${fileOf(other)}, or leave the link out.`,
    });
  }
}

function fileOf(term: string): string {
  return `${folder}/${term}.yaml`;
}
