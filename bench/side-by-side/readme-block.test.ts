import { expect, test } from "vitest";
import { replaceBlock } from "./readme-block.ts";

const marked = (block: string) => `<!-- bench:begin -->\n\n${block}\n\n<!-- bench:end -->`;

test.each([
  ["takes the place of the one before", `# A\n\n${marked("old")}\n\n## B\n`, `# A\n\n${marked("new")}\n\n## B\n`],
  ["fills empty markers", `a\n<!-- bench:begin --><!-- bench:end -->\nb`, `a\n${marked("new")}\nb`],
  [
    "goes to the end when there are no markers",
    "# A\n\ntext\n",
    `# A\n\ntext\n\n## How fast it is\n\n${marked("new")}\n`,
  ],
])("the block %s", (_what, readme, expected) => {
  expect(replaceBlock(readme, "new")).toBe(expected);
  expect(replaceBlock(expected, "new")).toBe(expected);
});
