import { stringify } from "yaml";

/** YAML without anchors, as people write it; texts that YAML 1.1 would take for dates or switches are quoted. */
export function yamlText(value: unknown): string {
  return stringify(value, { lineWidth: 120, aliasDuplicateObjects: false, compat: "yaml-1.1" });
}

/** Lines of a comment before a document; nothing when there is nothing to say. */
export function yamlComment(lines: readonly string[]): string {
  return lines.map((line) => `# ${line.replaceAll(/\s+/g, " ")}\n`).join("");
}
