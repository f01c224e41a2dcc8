import { existsSync } from "node:fs";
import path from "node:path";
import { contractFile, findContracts } from "@thoth/contract/contract-files";
import type { ContractDiff } from "@thoth/contract/diff/contract-diff";
import { diffContracts } from "@thoth/contract/diff/diff-contracts";
import { diffMarkdown } from "@thoth/contract/diff/diff-markdown";
import type { DiffOptions, Profile } from "@thoth/contract/diff/diff-rule";
import { diffText } from "@thoth/contract/diff/diff-text";
import { diffProduct, diffRepository } from "@thoth/contract/diff/product-diff";
import { readContract } from "@thoth/contract/parse-contract";
import { readContractText } from "@thoth/contract/read-contract-file";
import { type Command, usage } from "../command.ts";
import type { CommandInput } from "../command-input.ts";
import type { Effects } from "../effects.ts";
import { cliError } from "../errors.ts";
import { loadSettings } from "../settings.ts";

export const contractDiff: Command = {
  name: "mesh contract diff",
  summary: "Say what a contract changes for those who rely on it, and which version that asks for.",
  usage: "[before after | domain/product]",
  details:
    "Two contracts (files, or published ones as domain/product@version), one product against its newest published version, " +
    "or without a name all products that differ from theirs. The table of changes is in docs/contracts.md.",
  options: {
    profile: { type: "string", value: "<who>", description: "reader (when left out), writer or archive." },
    markdown: { type: "boolean", description: "Print Markdown for a pull request." },
    enforce: { type: "boolean", description: "End with 1 when a version is too low or a change is refused." },
  },
  positionals: [0, 2],
  examples: [
    ["mesh contract diff", "all products against what is published of them"],
    ["mesh contract diff ontrack-learning/units --enforce", "one product, for CI"],
    ["mesh contract diff old.odcs.yaml new.odcs.yaml --json", "two files, for a program"],
    ["mesh contract diff splashkit-usage/function-usage@1.0.0 draft.odcs.yaml --profile writer", "for those who write"],
  ],
  run: compare,
};

/** A comparison with a heading for people. */
interface Titled {
  readonly title: string;
  readonly diff: ContractDiff;
}

async function compare(input: CommandInput, effects: Effects): Promise<number> {
  const options: DiffOptions = { profile: profileOf(input), now: effects.now() };
  if (input.flag("markdown") && input.json) throw usage(contractDiff, "--markdown and --json exclude each other");
  const { root } = await loadSettings(effects.cwd, effects.env);
  const [first, second] = input.positionals;
  if (first === undefined) return compareAll(root, options, input, effects);
  const one =
    second === undefined
      ? await compareProduct(root, first, options, effects)
      : compareTwo(root, [first, second], options, effects);
  if (input.json) effects.out(`${JSON.stringify(one.diff, null, 2)}\n`);
  else effects.out(`${render(one, input)}\n`);
  return exitCode([one.diff], input);
}

function profileOf(input: CommandInput): Profile {
  const text = input.text("profile") ?? "reader";
  if (text === "reader" || text === "writer" || text === "archive") return text;
  throw usage(contractDiff, `--profile takes reader, writer or archive, not ${text}`);
}

async function compareAll(root: string, options: DiffOptions, input: CommandInput, effects: Effects): Promise<number> {
  const { products, unpublished } = await diffRepository(root, options);
  if (input.json) {
    const described = products.map(({ product, diff }) => ({ product, ...diff }));
    effects.out(`${JSON.stringify({ products: described, unpublished }, null, 2)}\n`);
  } else {
    const texts = products.map(({ product, diff }) => render({ title: product, diff }, input));
    const news = unpublished.map((product) => `${product} has not been published yet`);
    const same = texts.length === 0 ? ["Every published product is as its contract says"] : [];
    effects.out(`${[...texts, ...news, ...same].join("\n\n")}\n`);
  }
  return exitCode(
    products.map(({ diff }) => diff),
    input,
  );
}

/** By its name, or by its contract file. */
async function compareProduct(root: string, name: string, options: DiffOptions, effects: Effects): Promise<Titled> {
  const place = contractFile(path.relative(root, path.resolve(effects.cwd, name)));
  const product = place?.kind === "product" ? `${place.domain}/${place.product}` : name;
  if (place === undefined && existsSync(path.resolve(effects.cwd, name)))
    throw usage(
      contractDiff,
      `${name} is no product of this repository, so it needs a second contract to compare with`,
    );
  const contracts = (await findContracts(root)).filter(({ kind }) => kind === "product");
  const known = contracts.map((contract) => `${contract.domain}/${contract.product}`);
  if (!known.includes(product)) throw cliError["unknown-product"]({ name, known });
  const { diff } = diffProduct(root, product, options);
  return { title: product, diff };
}

function compareTwo(root: string, names: readonly [string, string], options: DiffOptions, { cwd }: Effects): Titled {
  const [before, after] = names.map((name) => readNamed(root, cwd, name));
  if (before === undefined || after === undefined) throw new Error("two names make two contracts");
  return { title: names.join(" → "), diff: diffContracts(before, after, options) };
}

/** A file, `domain/product` as it is in work, or `domain/product@1.0.0` as published. */
function readNamed(root: string, cwd: string, name: string) {
  const [, domain, product, version] = /^([a-z0-9-]+)\/([a-z0-9-]+)(?:@(.+))?$/.exec(name) ?? [];
  const isFile = domain === undefined || existsSync(path.resolve(cwd, name));
  const place =
    version === undefined
      ? `domains/${domain}/products/${product}/contract.odcs.yaml`
      : `contracts/published/${domain}/${product}/${version}.odcs.yaml`;
  return isFile
    ? readContract(readContractText("", path.resolve(cwd, name)), name).contract
    : readContract(readContractText(root, place), place).contract;
}

function render({ title, diff }: Titled, input: CommandInput): string {
  return input.flag("markdown") ? diffMarkdown(title, diff) : diffText(title, diff);
}

function exitCode(diffs: readonly ContractDiff[], input: CommandInput): number {
  return input.flag("enforce") && diffs.some(({ blocked }) => blocked) ? 1 : 0;
}
