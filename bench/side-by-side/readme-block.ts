const begin = "<!-- bench:begin -->";
const end = "<!-- bench:end -->";

/**
 * Puts a block between the two markers, or at the end with markers when there are none.
 * @param readme the text of README.md
 */
export function replaceBlock(readme: string, block: string): string {
  const [from, to] = [readme.indexOf(begin), readme.indexOf(end)];
  const marked = `${begin}\n\n${block}\n\n${end}`;
  if (from < 0 || to < from) return `${readme.trimEnd()}\n\n## How fast it is\n\n${marked}\n`;
  return `${readme.slice(0, from)}${marked}${readme.slice(to + end.length)}`;
}
