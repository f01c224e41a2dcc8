import { isMap, isScalar, LineCounter, parseDocument } from "yaml";
import { contractError } from "../errors.ts";
import type { Position } from "../source-document.ts";

export type PackageBump = "major" | "minor" | "patch";

/** A file of @changesets/cli: which packages take which step, and what their readers are told. */
export interface ChangesetFile {
  /** `unit-code-renamed` */
  readonly name: string;
  /** Relative to the root. */
  readonly file: string;
  readonly bumps: readonly { readonly package: string; readonly bump: PackageBump | "none"; readonly at: Position }[];
  /** Markdown under the front matter. */
  readonly body: string;
}

export function changesetPath(name: string): string {
  return `.changeset/${name}.md`;
}

/** @throws MeshError `contract/changeset-invalid` */
export function parseChangeset(text: string, name: string): ChangesetFile {
  const file = changesetPath(name);
  const [whole, head = "", body = ""] = /^---\r?\n([\s\S]*?)---[ \t]*(?:\r?\n([\s\S]*))?$/.exec(text) ?? [];
  if (whole === undefined) throw invalid(file, 1, "it does not begin with front matter between two lines of ---");
  const lines = new LineCounter();
  const document = parseDocument(head, { lineCounter: lines, logLevel: "error", prettyErrors: false });
  const [problem] = document.errors;
  if (problem) throw invalid(file, lines.linePos(problem.pos[0]).line + 1, problem.message);
  const items = isMap(document.contents) ? document.contents.items : [];
  const bumps = items.map(({ key, value }) => {
    const [offset] = (isScalar(key) ? key.range : undefined) ?? [0];
    const { line, col } = lines.linePos(offset);
    const bump = isScalar(value) ? value.value : undefined;
    if (bump !== "major" && bump !== "minor" && bump !== "patch" && bump !== "none")
      throw invalid(file, line + 1, `${String(bump)} is no step; there is major, minor and patch`);
    // the front matter begins on the second line
    return { package: String(isScalar(key) ? key.value : key), bump, at: { line: line + 1, column: col } } as const;
  });
  return { name, file, bumps, body };
}

function invalid(file: string, line: number, reason: string): Error {
  return contractError["changeset-invalid"]({ file, reason }, { at: { file, line, column: 1 } });
}

/** As @changesets/cli writes it. */
export function changesetText(
  bumps: readonly (readonly [name: string, bump: PackageBump | "none"])[],
  body: string,
): string {
  const lines = bumps.map(([name, bump]) => `${JSON.stringify(name)}: ${bump}`);
  return `---\n${lines.join("\n")}\n---\n\n${body.trim()}\n`;
}

/** The queries in a changeset's body by their title: `ontrack-learning/units v1`. The text of each keeps the title. */
export function mappingsIn(body: string): ReadonlyMap<string, string> {
  const blocks = body.matchAll(/^```sql[ \t]*\r?\n(--[ \t]*(\S+\/\S+ v\d+)[ \t]*\r?\n[\s\S]*?)^```[ \t]*$/gm);
  return new Map([...blocks].map(([, sql = "", title = ""]) => [title, sql.replaceAll("\r\n", "\n").trimEnd()]));
}
