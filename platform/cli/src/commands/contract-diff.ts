import { existsSync } from "node:fs";
import path from "node:path";
import { contractFile, findContracts } from "@thoth/contract/contract-files";
import type { Difference } from "@thoth/contract/diff/contract-diff";
import type { DiffOptions, Profile } from "@thoth/contract/diff/diff-rule";
import type { ReadContract } from "@thoth/contract/diff/product-diff";
import { defaultDays, type ElementImpact } from "@thoth/contract/impact/impact";
import { readContract } from "@thoth/contract/parse-contract";
import { publishedVersions, readContractText } from "@thoth/contract/read-contract-file";
import { type Command, usage } from "../command.ts";
import type { CommandInput } from "../command-input.ts";
import { type Comparison, comparePair, compareProduct } from "../compare-contracts.ts";
import {
  type ComparisonForm,
  comparisonForms,
  renderComparison,
  renderComparisons,
  type ToldComparison,
} from "../comparison-output.ts";
import type { Effects } from "../effects.ts";
import { cliError } from "../errors.ts";
import { observedImpact } from "../observed-impact.ts";
import { observedRetirable } from "../retirement.ts";
import { loadSettings, type Settings } from "../settings.ts";

export const contractDiff: Command = {
  name: "mesh contract diff",
  summary: "Say what a contract changes for those who rely on it, and which version that asks for.",
  usage: "[before after | domain/product]",
  details:
    "Two contracts (files, or published ones as domain/product@version), one product against all of its published " +
    "versions that are still supported, or without a name all products that differ from theirs. The GraphQL schemas that " +
    "the contracts make are compared as well. The table of changes is in docs/contracts.md.",
  options: {
    profile: { type: "string", value: "<who>", description: "reader (when left out), writer or archive." },
    format: {
      type: "string",
      value: "<form>",
      description: "text (when left out), markdown, json, or metadata-difference (Bitol RFC-0039, as JSON).",
    },
    markdown: { type: "boolean", description: "Print Markdown for a pull request: --format markdown." },
    who: {
      type: "boolean",
      description: "Say who was seen reading what changes in the last 90 days, and which products are made from it.",
    },
    enforce: { type: "boolean", description: "End with 1 when a version is too low or a change is refused." },
  },
  positionals: [0, 2],
  examples: [
    ["mesh contract diff", "all products against what is published of them"],
    ["mesh contract diff ontrack-learning/units --enforce", "one product, for CI"],
    ["mesh contract diff old.odcs.yaml new.odcs.yaml --json", "two files, for a program"],
    ["mesh contract diff splashkit-usage/function-usage@1.0.0 draft.odcs.yaml --profile writer", "for those who write"],
    ["mesh contract diff ontrack-learning/units --format metadata-difference", "for tools that know the standard"],
  ],
  run: compare,
};

async function compare(input: CommandInput, effects: Effects): Promise<number> {
  const options: DiffOptions = { profile: profileOf(input), now: effects.now() };
  const form = formOf(input);
  const settings = await loadSettings(effects.cwd, effects.env);
  const { root } = settings;
  const told: Told = { settings, input, form, effects };
  const [first, second] = input.positionals;
  if (first === undefined) return compareAll(options, told);
  const one =
    second === undefined
      ? await compareNamed(first, options, told)
      : compareTwo(root, [first, second], options, effects);
  const [shown = one] = await withReaders([one], told);
  effects.out(`${renderComparison(shown, form)}\n`);
  return exitCode([one], input);
}

function profileOf(input: CommandInput): Profile {
  const text = input.text("profile") ?? "reader";
  if (text === "reader" || text === "writer" || text === "archive") return text;
  throw usage(contractDiff, `--profile takes reader, writer or archive, not ${text}`);
}

function formOf(input: CommandInput): ComparisonForm {
  const written = input.text("format");
  const wanted = [
    ...(input.json ? ["json"] : []),
    ...(input.flag("markdown") ? ["markdown"] : []),
    written ?? [],
  ].flat();
  if (new Set(wanted).size > 1) throw usage(contractDiff, `${wanted.join(" and ")} exclude each other`);
  const [form = "text"] = wanted;
  const known = comparisonForms.find((one) => one === form);
  if (known === undefined) throw usage(contractDiff, `--format takes ${comparisonForms.join(", ")}, not ${form}`);
  return known;
}

interface Told {
  readonly settings: Settings;
  readonly input: CommandInput;
  readonly form: ComparisonForm;
  readonly effects: Effects;
}

async function compareAll(options: DiffOptions, told: Told): Promise<number> {
  const { root } = told.settings;
  const ids = await productIds(root);
  const isPublished = (id: string) => publishedVersions(root, `contracts/published/${id}`).length > 0;
  const retirable = await observedRetirable(told);
  const all = ids.filter(isPublished).map((id) => compareProduct(root, id, { ...options, retirable }));
  const changed = await withReaders(
    all.filter(({ diff }) => diff.diffs.length > 0),
    told,
  );
  const unpublished = ids.filter((id) => !isPublished(id));
  told.effects.out(`${renderComparisons(changed, unpublished, told.form)}\n`);
  return exitCode(changed, told.input);
}

/** Looks up who reads what changes, when that was asked for. */
async function withReaders(
  comparisons: readonly Comparison[],
  { settings, input, effects }: Told,
): Promise<readonly ToldComparison[]> {
  if (!input.flag("who")) return comparisons;
  const products = comparisons.map(({ before, diff }) => ({ product: productOf(before), diff }));
  const impacts = await observedImpact(products, { settings, effects, days: defaultDays });
  return comparisons.map((comparison, index) => {
    const { elements = [] } = impacts[index] ?? {};
    const readers = new Map(comparison.diff.diffs.map((one, at) => [one, readersOf(elements[at])]));
    return { ...comparison, consumers: (one: Difference) => readers.get(one) ?? [] };
  });
}

/** Those who were seen reading it, and products that are made from it. */
function readersOf(element: ElementImpact | undefined): string[] {
  const { uses = [], dependents = [] } = element ?? {};
  return [...new Set([...uses.map(({ consumer }) => consumer), ...dependents.map(({ product }) => product)])];
}

function productOf(versions: Comparison["before"]): string {
  const { domain, name } = versions.at(-1) ?? {};
  return `${domain}/${name}`;
}

async function productIds(root: string): Promise<string[]> {
  const contracts = (await findContracts(root)).filter(({ kind }) => kind === "product");
  return contracts.map(({ domain, product }) => `${domain}/${product}`);
}

/** By its name, or by its contract file. */
async function compareNamed(name: string, options: DiffOptions, { settings, effects }: Told): Promise<Comparison> {
  const { root } = settings;
  const place = contractFile(path.relative(root, path.resolve(effects.cwd, name)));
  const product = place?.kind === "product" ? `${place.domain}/${place.product}` : name;
  if (place === undefined && existsSync(path.resolve(effects.cwd, name)))
    throw usage(
      contractDiff,
      `${name} is no product of this repository, so it needs a second contract to compare with`,
    );
  const known = await productIds(root);
  if (!known.includes(product)) throw cliError["unknown-product"]({ name, known });
  return compareProduct(root, product, { ...options, retirable: await observedRetirable({ settings, effects }) });
}

function compareTwo(
  root: string,
  names: readonly [string, string],
  options: DiffOptions,
  { cwd }: Effects,
): Comparison {
  const [before, after] = names.map((name) => readNamed(root, cwd, name));
  if (before === undefined || after === undefined) throw new Error("two names make two contracts");
  return comparePair(root, names.join(" → "), [before, after], options);
}

/** A file, `domain/product` as it is in work, or `domain/product@1.0.0` as published. */
function readNamed(root: string, cwd: string, name: string): ReadContract {
  const [, domain, product, version] = /^([a-z0-9-]+)\/([a-z0-9-]+)(?:@(.+))?$/.exec(name) ?? [];
  const isFile = domain === undefined || existsSync(path.resolve(cwd, name));
  const place =
    version === undefined
      ? `domains/${domain}/products/${product}/contract.odcs.yaml`
      : `contracts/published/${domain}/${product}/${version}.odcs.yaml`;
  return isFile
    ? readContract(readContractText("", path.resolve(cwd, name)), name)
    : readContract(readContractText(root, place), place);
}

function exitCode(comparisons: readonly Comparison[], input: CommandInput): number {
  return input.flag("enforce") && comparisons.some(({ diff }) => diff.blocked) ? 1 : 0;
}
