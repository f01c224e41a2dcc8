import { changeTitle } from "@thoth/contract/changeset/change-words";
import { changesetNamePattern } from "@thoth/contract/changeset/changeset-name";
import { writeFiles } from "@thoth/contract/changeset/file-plan";
import { type ChangesetPlan, planChangeset } from "@thoth/contract/changeset/plan-changeset";
import { findContracts } from "@thoth/contract/contract-files";
import type { Council } from "@thoth/contract/council/council";
import { affectedDomains } from "@thoth/contract/council/gate";
import { judgeReview } from "@thoth/contract/council/judge-review";
import { readCouncil } from "@thoth/contract/council/read-council";
import { readReview } from "@thoth/contract/council/read-review";
import { gravityOf } from "@thoth/contract/council/review";
import { stateWord } from "@thoth/contract/council/review-summary";
import { type Command, usage } from "../command.ts";
import type { CommandInput } from "../command-input.ts";
import { councilJson } from "../council-json.ts";
import type { Effects } from "../effects.ts";
import { cliError } from "../errors.ts";
import { gitAccount } from "../git-account.ts";
import { recordedImpacts } from "../recorded-impact.ts";
import { releaseOptions } from "../release-options.ts";
import { observedRetirable } from "../retirement.ts";
import { loadSettings } from "../settings.ts";

export const contractChangeset: Command = {
  name: "mesh contract changeset",
  summary: "Write down what changed contracts mean, and open their review.",
  usage: "[domain/product …]",
  details:
    "Finds contracts that differ from what is published, computes class and version step, writes .changeset/<name>.md with " +
    "a summary in plain words, and opens contracts/reviews/<name>.yaml for the council. A version that breaks readers " +
    "is put beside the one before at once, in previous/; otherwise `version:` stays as it is until npm run version. After " +
    "another edit of a contract or a query, run it again: votes for what it was are void.",
  options: {
    name: {
      type: "string",
      value: "<words>",
      description: "Name of the changeset; made from the change when left out.",
    },
    summary: {
      type: "string",
      value: "<text>",
      description: "What it is about, in your words. You can edit the file, too.",
    },
    author: { type: "string", value: "<who>", description: "Who wrote it; as git knows you when left out." },
  },
  positionals: [0, 100],
  examples: [
    ["mesh contract changeset", "everything that changed and is in no changeset yet"],
    ["mesh contract changeset ontrack-learning/units --name unit-code-renamed", "one product"],
    ["mesh contract changeset --name unit-code-renamed", "record it again after an edit"],
  ],
  run: writeChangeset,
};

async function writeChangeset(input: CommandInput, effects: Effects): Promise<number> {
  const settings = await loadSettings(effects.cwd, effects.env);
  const { root } = settings;
  const council = readCouncil(root);
  const name = input.text("name");
  if (name !== undefined && !changesetNamePattern.test(name))
    throw usage(contractChangeset, `--name takes lower-case words with hyphens, not ${name}`);
  await requireProducts(root, input.positionals);
  const author = input.text("author")?.trim() || (await gitAccount(effects.cwd));
  if (author === undefined) throw cliError["no-author"]({});
  const summary = input.text("summary");
  const plan = await planChangeset(root, {
    ...(input.positionals.length > 0 && { products: input.positionals }),
    ...(name !== undefined && { name }),
    ...(summary !== undefined && { summary }),
    author,
    ...releaseOptions(effects.now(), await observedRetirable({ settings, effects })),
    impactsOf: (changes) => recordedImpacts(changes, settings, effects),
  });
  if (plan === undefined) return nothing(input, effects);
  tell(root, plan, { input, effects, council, written: writeFiles(root, plan.files) });
  return 0;
}

async function requireProducts(root: string, names: readonly string[]): Promise<void> {
  const contracts = (await findContracts(root)).filter(({ kind }) => kind === "product");
  const known = contracts.map(({ domain, product }) => `${domain}/${product}`);
  const missing = names.find((one) => !known.includes(one));
  if (missing !== undefined) throw cliError["unknown-product"]({ name: missing, known });
}

function nothing({ json, positionals }: CommandInput, effects: Effects): number {
  const what = positionals.length > 0 ? positionals.join(", ") : "Every product";
  if (json) effects.out(councilJson({ kind: "unchanged", files: [], products: [] }));
  else effects.out(`${what} is as published; there is nothing to write\n`);
  return 0;
}

interface Teller {
  readonly input: CommandInput;
  readonly effects: Effects;
  readonly council: Council;
  readonly written: readonly string[];
}

function tell(
  root: string,
  { kind, name, changes, subject }: ChangesetPlan,
  { input, effects, council, written }: Teller,
): void {
  const verdict = judgeReview(readReview(root, name).review, council, effects.now());
  const affected = affectedDomains(subject.products);
  if (input.json) {
    const products = changes.map(({ product, before, to, bump }) => ({ product, from: before?.version, to, bump }));
    const gravity = gravityOf(subject);
    effects.out(councilJson({ kind, name, gravity, affected, products, files: written, verdict }));
    return;
  }
  const titles = changes.map((change) => changeTitle(change));
  const breaks = affected.length > 0 ? [`breaks    ${affected.join(", ")}`] : [];
  effects.out(
    [
      ...titles,
      ...breaks,
      ...(written.length === 0 ? ["unchanged it is recorded as it is"] : written.map((file) => `wrote     ${file}`)),
      `review    ${stateWord(verdict)}; mesh council show ${name}`,
      "",
    ].join("\n"),
  );
}
