/** Something with parts, for people to read. */
export interface TextTree {
  readonly label: string;
  readonly parts: readonly TextTree[];
}

/** One line a label, parts below what they belong to. */
export function formatTree({ label, parts }: TextTree): string[] {
  return [label, ...parts.flatMap((part, index) => formatPart(part, index === parts.length - 1))];
}

function formatPart(part: TextTree, isLast: boolean): string[] {
  const [first = "", ...rest] = formatTree(part);
  return [`${isLast ? "└─" : "├─"} ${first}`, ...rest.map((line) => `${isLast ? "  " : "│ "} ${line}`)];
}
