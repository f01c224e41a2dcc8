import type { ContractDiff, Difference } from "./contract-diff.ts";
import { describeVersion, groupDifferences } from "./diff-text.ts";

/** For a pull request. Ends without a line break. */
export function diffMarkdown(title: string, diff: ContractDiff): string {
  const groups = groupDifferences(diff.diffs);
  const heading = `### ${plain(title)}: ${diff.class}${diff.dangerous ? ", dangerous" : ""}`;
  const tables = groups.flatMap(([group, says, diffs]) => [
    "",
    `**${group}** (${says})`,
    "",
    "| rule | change | where | instead |",
    "| --- | --- | --- | --- |",
    ...diffs.map(tableRow),
  ]);
  return [heading, "", plain(describeVersion(diff)), ...tables].join("\n");
}

function tableRow({ rule, message, path, suggestion = "", blocked }: Difference): string {
  const change = `${blocked && rule !== "version-mismatch" ? "Refused: " : ""}${message}`;
  return `| ${code(rule)} | ${plain(change)} | ${code(path)} | ${cell(suggestion)} |`;
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
