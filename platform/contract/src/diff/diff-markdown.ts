import type { ContractDiff, Difference } from "./contract-diff.ts";
import { type DiffNotes, describeProfile, describeVersion, groupDifferences, olderOnly } from "./diff-text.ts";

/** For a pull request: first what has to be decided, then every change, the gravest first. Ends without a line break. */
export function diffMarkdown(title: string, diff: ContractDiff, notes: DiffNotes = {}): string {
  const groups = groupDifferences(diff.diffs);
  const counts = groups.map(([group, , diffs]) => `${diffs.length} ${group}`).join(", ");
  const summary: readonly (readonly [what: string, text: string | undefined])[] = [
    ["version", plain(describeVersion(diff))],
    ["changes", counts || "none"],
    ["judged for", describeProfile(diff)],
    ["compared with", diff.against?.map(plain).join(", ")],
    ["GraphQL schema", notes.graphql && plain(notes.graphql)],
  ];
  return [
    `### ${plain(title)}: ${diff.class}${diff.dangerous ? ", dangerous" : ""}`,
    "",
    "| | |",
    "| --- | --- |",
    ...summary.flatMap(([what, text]) => (text ? [`| ${what} | ${text} |`] : [])),
    ...groups.flatMap(([group, says, diffs]) => [
      "",
      `**${group}** (${says})`,
      "",
      notes.consumers ? "| rule | change | where | who | instead |" : "| rule | change | where | instead |",
      notes.consumers ? "| --- | --- | --- | --- | --- |" : "| --- | --- | --- | --- |",
      ...diffs.map((difference) => tableRow(difference, diff, notes)),
    ]),
  ].join("\n");
}

function tableRow(difference: Difference, diff: ContractDiff, { consumers }: DiffNotes): string {
  const { rule, message, path, suggestion = "", blocked } = difference;
  const older = olderOnly(difference, diff);
  const change = [
    blocked && rule !== "version-mismatch" ? "Refused: " : "",
    message,
    older.length > 0 ? ` (only against ${older.join(", ")})` : "",
  ].join("");
  const readers = consumers?.(difference);
  const who = readers ? [readers.length > 0 ? plain(readers.join(", ")) : "nobody seen"] : [];
  return `| ${[code(rule), plain(change), code(path), ...who, cell(suggestion)].join(" | ")} |`;
}

function code(text: string): string {
  return `\`${text.replaceAll("`", "'").replaceAll("|", "\\|").replace(/\s+/g, " ")}\``;
}

/** Texts of a contract are shown as they are, and never as markup. */
function plain(text: string): string {
  return cell(text.replace(/[\\`*_[\]#@]/g, (mark) => `\\${mark}`).replaceAll("<", "&lt;"));
}

function cell(text: string): string {
  return text.replace(/\s+/g, " ").replaceAll("|", "\\|");
}
