import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  visit,
  type YAMLError,
} from "yaml";
import { type DocumentPath, type Finding, formatPath, type Report } from "./finding.ts";
import { readPlainYaml } from "./plain-yaml.ts";
import { refuseExcess } from "./yaml-excess.ts";

/** A YAML text as a value, and the way back from any part of the value to its place in the text. */
export interface SourceDocument {
  /** Undefined when the text cannot be trusted as a value. */
  readonly value: unknown;
  /** What is wrong with the YAML; `report` adds to it. */
  readonly findings: Finding[];
  readonly report: Report;
  /** Place of the value, or of the nearest enclosing one that exists. */
  readonly locate: (path: DocumentPath) => Position;
}

export interface Position {
  /** 1-based. */
  readonly line: number;
  readonly column: number;
}

/** More than any hand-written contract needs, far less than what makes a small file explode. */
const maxAliasCount = 1000;

export function readSourceDocument(text: string, file: string): SourceDocument {
  const refused = refuseExcess(text, file);
  if (refused) return refused;
  let parsed: PlacedDocument | undefined;
  const placed = () => {
    parsed ??= parseWithPlaces(text);
    return parsed;
  };
  const locate = (path: DocumentPath, atKey = false) => placed().position(nodeOffset(placed().document, path, atKey));
  const findings: Finding[] = [];
  const report: Report = (path, { rule, message, hint, severity = "error", atKey = false }) =>
    findings.push({ rule, severity, file, ...locate(path, atKey), path: formatPath(path), message, hint });
  const plain = readPlainYaml(text);
  if (plain) return { value: plain.value, findings, report, locate: (path) => locate(path) };
  const { document, position } = placed();
  const add = (place: Position, { rule, message, hint }: Omit<Problem, "offset">) =>
    findings.push({ rule, severity: "error", file, ...place, path: "", message, hint });
  for (const problem of [...syntaxProblems(document.errors, text), ...structureProblems(document)])
    add(position(problem.offset), problem);
  const usable = findings.every((finding) => finding.rule === "odcs-yaml-duplicate-key");
  const value = usable ? toValue(document, (message) => add(aliasPlace(document, position), bomb(message))) : undefined;
  return { value, findings, report, locate: (path) => locate(path) };
}

interface PlacedDocument {
  readonly document: Document;
  readonly position: (offset: number) => Position;
}

/** Takes most of the time that reading a contract can take; of a text without problems nobody may ask for a place. */
function parseWithPlaces(text: string): PlacedDocument {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: "error" });
  const position = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  return { document, position };
}

interface Problem {
  readonly offset: number;
  readonly rule: string;
  readonly message: string;
  readonly hint: string;
}

/** Every duplicate key, but of other errors only the first: the parser stumbles on after it, and its later words mislead. */
function syntaxProblems(errors: readonly YAMLError[], text: string): Problem[] {
  const duplicates = errors.filter((error) => error.code === "DUPLICATE_KEY");
  const first = errors.find((error) => error.code !== "DUPLICATE_KEY");
  return [...duplicates, ...(first ? [first] : [])].map((error) => syntaxProblem(error, text));
}

function syntaxProblem(error: YAMLError, text: string): Problem {
  const offset = error.pos[0];
  switch (error.code) {
    case "DUPLICATE_KEY": {
      const key = /^["']?([\w-]+)/.exec(text.slice(offset))?.[1] ?? "";
      const message = `The key "${key}" stands here a second time`;
      return {
        offset,
        rule: "odcs-yaml-duplicate-key",
        message,
        hint: "Keep one of the two; only one of them can count.",
      };
    }
    case "MULTIPLE_DOCS":
      return {
        offset,
        rule: "odcs-yaml-documents",
        message: "A second YAML document begins here; a file holds one",
        hint: "Put every document into a file of its own and remove the `---` line.",
      };
    case "RESOURCE_EXHAUSTION":
      return {
        offset,
        rule: "odcs-yaml-syntax",
        message: "The YAML is nested too deep to read",
        hint: "Check for stray brackets.",
      };
    default:
      return {
        offset,
        rule: "odcs-yaml-syntax",
        message: `This is not valid YAML: ${error.message}`,
        hint: "Check indentation, brackets and quotes here and in the line before; texts with `: ` or ` #` need quotes.",
      };
  }
}

/** What YAML allows but a contract cannot be read from: references that lead nowhere or into themselves, keys that are no text. */
function structureProblems(document: Document): Problem[] {
  const problems: Problem[] = [];
  const problem = (node: Node, rule: string, message: string, hint: string) =>
    problems.push({ offset: node.range?.[0] ?? 0, rule, message, hint });
  visit(document, {
    Alias: (_, alias, ancestors) => {
      const target = alias.resolve(document);
      if (target === undefined)
        problem(
          alias,
          "odcs-yaml-alias",
          `No anchor &${alias.source} stands before this alias`,
          "Define the anchor first, or write the value out.",
        );
      else if (ancestors.includes(target))
        problem(alias, "odcs-yaml-alias", `The alias *${alias.source} contains itself`, "Write the value out.");
    },
    Pair: (_, pair) => {
      if (isCollection(pair.key))
        problem(pair.key, "odcs-yaml-syntax", "A key is a word, not a list or map", "Write the key as plain text.");
    },
  });
  return problems;
}

function toValue(document: Document, refuse: (message: string) => void): unknown {
  try {
    return document.toJS({ maxAliasCount });
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    refuse(error.message);
    return undefined;
  }
}

function bomb(message: string): Omit<Problem, "offset"> {
  return {
    rule: "odcs-yaml-alias",
    message: `The aliases of this file multiply beyond measure (${message})`,
    hint: "Write the values out instead of repeating them by alias.",
  };
}

function aliasPlace(document: Document, position: (offset: number) => Position): Position {
  let offset = 0;
  visit(document, {
    Alias: (_, alias) => {
      offset = alias.range?.[0] ?? offset;
    },
  });
  return position(offset);
}

/** Follows the path as far as it goes; an empty value has no place of its own, so its key stands for it. */
function nodeOffset(document: Document, path: DocumentPath, atKey: boolean): number {
  let node: unknown = document.contents;
  let offset = start(node) ?? 0;
  for (const [index, part] of path.entries()) {
    const step = child(isAlias(node) ? node.resolve(document) : node, part);
    if (step === undefined) return offset;
    node = step.value;
    const key = start(step.key);
    const wanted = atKey && index === path.length - 1 ? key : start(node);
    offset = wanted ?? key ?? start(node) ?? offset;
  }
  return offset;
}

function child(node: unknown, part: string | number): { key?: unknown; value: unknown } | undefined {
  if (isSeq(node))
    return typeof part === "number" && part < node.items.length ? { value: node.items[part] } : undefined;
  if (!isMap(node)) return undefined;
  // of two equal keys the last one counts
  const pair: Pair | undefined = node.items.findLast(
    (item) => isScalar(item.key) && String(item.key.value) === String(part),
  );
  return pair && { key: pair.key, value: pair.value };
}

function start(node: unknown): number | undefined {
  if (!isNode(node)) return undefined;
  const empty = isScalar(node) && node.value === null && (node.source ?? "") === "";
  return empty ? undefined : node.range?.[0];
}
