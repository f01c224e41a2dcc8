import { readFileSync } from "node:fs";
import { join } from "node:path";
import { diffContracts } from "@thoth/contract/diff/diff-contracts";
import { lintContract } from "@thoth/contract/lint/lint-contract";
import { type ParsedContract, parseContract } from "@thoth/contract/parse-contract";
import { readSourceDocument } from "@thoth/contract/source-document";
import { type Comparison, measurePair } from "./measure.ts";

const contracts = 1000;
const columns = 50;

/**
 * Lint of a thousand contracts of fifty columns, and their comparison with the version before: what CI does in a mesh
 * of that size. Beside it what cannot be left out: the reading of the YAML, without judging it, and the copy of a contract.
 */
export async function benchContracts(root: string): Promise<Comparison[]> {
  const template = readFileSync(join(root, "platform/contract/fixtures/course.odcs.yaml"), "utf8");
  const texts = Array.from({ length: contracts }, (_, index) => contractText(template, index));
  const next = texts.map((text) => parse(changed(text)));
  const before = texts.map(parse);
  requireSound(before[0], next[0]);
  const lint = () => texts.map((text, index) => lintContract(parseContract(text, `${index}.yaml`), { own: true }));
  const read = () => texts.map((text) => readSourceDocument(text, "bench.odcs.yaml").locate(["version"]));
  const diff = () => before.map(({ contract }, index) => contract && diffOne(contract, next[index]));
  const copy = () => before.map(({ contract }) => structuredClone(contract));
  const rounds = { runs: 3, warmUp: 0 };
  const [linted, plain] = await measurePair(
    async () => lint(),
    async () => read(),
    rounds,
  );
  const [compared, copied] = await measurePair(
    async () => diff(),
    async () => copy(),
    rounds,
  );
  const each = { count: contracts, what: "contract" };
  const name = (what: string) => `${what} of ${contracts} contracts of ${columns} columns`;
  return [
    { name: name("lint"), ours: linted, direct: plain, each },
    { name: name("diff"), ours: compared, direct: copied, each },
  ];
}

function parse(text: string): ParsedContract {
  return parseContract(text, "bench.odcs.yaml");
}

function diffOne(before: NonNullable<ParsedContract["contract"]>, after: ParsedContract | undefined) {
  if (after?.contract === undefined) throw new Error("a contract of the bench cannot be read");
  return diffContracts(before, after.contract);
}

/** The fixture with fifty more columns of the usual kinds. */
function contractText(template: string, index: number): string {
  const list = Array.from({ length: columns }, (_, number) => column(number)).join("");
  return template
    .replace("name: courses", `name: courses-${index}`)
    .replace("physicalName: courses", `physicalName: courses_${index}`)
    .replace("    properties:\n", () => `    properties:\n${list}`);
}

function column(number: number): string {
  const isText = number % 3 === 0;
  return [
    `      - id: column_${number}`,
    `        name: column_${number}`,
    `        logicalType: ${isText ? "string" : "integer"}`,
    `        description: What column ${number} says, in a sentence of the length that people write.`,
    `        required: ${number % 2 === 0}`,
    "        classification: internal",
    ...(isText ? ["        examples: [one, two]"] : ["        logicalTypeOptions: { format: i64, minimum: 0 }"]),
    "",
  ].join("\n");
}

/** The next version: a column may be null now, one is renamed, one promise is weaker. */
function changed(text: string): string {
  return text
    .replace("version: 1.2.0", "version: 2.0.0")
    .replace("required: true", "required: false")
    .replace("        name: column_7\n", "        name: column_seven\n")
    .replace("value: 2\n", "value: 3\n");
}

/** What is not judged, or does not differ, would be fast for the wrong reason. */
function requireSound(before: ParsedContract | undefined, after: ParsedContract | undefined): void {
  if (!before?.contract || !after?.contract) throw new Error("the contracts of the bench cannot be read");
  const errors = lintContract(before, { own: true }).filter(({ severity }) => severity === "error");
  if (errors.length > 0) throw new Error(`the contracts of the bench are not sound: ${errors[0]?.message}`);
  const rules = diffContracts(before.contract, after.contract).diffs.map(({ rule }) => rule);
  for (const rule of ["nullability-loosened", "renamed", "sla-weakened"])
    if (!rules.includes(rule))
      throw new Error(`the versions of the bench do not differ by ${rule}: ${rules.join(", ")}`);
}
