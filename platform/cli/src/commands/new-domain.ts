import { existsSync, readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import path from "node:path";
import { camelCase, snakeCase } from "@thoth/kernel/names";
import { type Command, usage } from "../command.ts";
import type { CommandInput } from "../command-input.ts";
import type { Effects } from "../effects.ts";
import { cliError } from "../errors.ts";
import { loadNamedDomain } from "../load-domains.ts";
import { requireName, titleOf } from "../new-names.ts";
import { writeProduct } from "../new-product.ts";
import { loadSettings, type Settings } from "../settings.ts";
import { writeTemplate } from "../template.ts";

export const newDomain: Command = {
  name: "mesh new domain",
  summary: "Write a domain from the template: a source, sample data, a cleaned table and a first product.",
  usage: "<name>",
  details: "What it writes runs at once: mesh run <name>.",
  options: {
    owner: { type: "string", value: "<team>", description: "Who answers for it; <name>-team unless given." },
    product: {
      type: "string",
      value: "<name>",
      description: "Name of its first product; <name>-records unless given.",
    },
  },
  positionals: [1, 1],
  examples: [
    ["mesh new domain library-loans --owner library-team --product loans", "domains/library-loans, ready to run"],
  ],
  run: write,
};

async function write(input: CommandInput, effects: Effects): Promise<number> {
  const [given = ""] = input.positionals;
  const name = requireName("domain", given);
  const product = requireName("product", input.text("product") ?? `${name}-records`);
  const owner = requireOwner(input.text("owner") ?? `${name}-team`);
  const settings = await loadSettings(effects.cwd, effects.env);
  const folder = path.join(settings.root, "domains", name);
  if (existsSync(folder)) throw cliError["already-exists"]({ what: `domain ${name}`, folder: `domains/${name}` });
  const files = await writeAll({ name, product, owner, folder }, settings).catch(async (failure: unknown) => {
    await rm(folder, { recursive: true, force: true });
    throw failure;
  });
  if (input.json) effects.out(`${JSON.stringify({ domain: name, product, files })}\n`);
  else effects.out(describe(name, product, files));
  return 0;
}

interface NewDomain {
  readonly name: string;
  readonly product: string;
  readonly owner: string;
  readonly folder: string;
}

async function writeAll({ name, product, owner, folder }: NewDomain, settings: Settings): Promise<string[]> {
  const { root } = settings;
  const written = await writeTemplate(path.join(root, "templates/domain"), folder, {
    domain: name,
    domain_title: titleOf(name),
    catalog: snakeCase(name),
    owner,
    product,
    ...platformVersions(root),
  });
  const domain = await loadNamedDomain(name, settings);
  return [
    ...written.map((file) => `domains/${name}/${file.split(path.sep).join("/")}`),
    ...(await writeProduct({ root, domain, name: product, from: "records", key: ["id"] })),
  ];
}

/** A domain names the platform packages it uses by their exact versions. */
function platformVersions(root: string): Record<string, string> {
  const names = ["ingest", "pipeline", "testing"];
  return Object.fromEntries(
    names.map((name) => {
      const manifest = readFileSync(path.join(root, "platform", name, "package.json"), "utf8");
      return [`${name}_version`, (JSON.parse(manifest) as { version: string }).version];
    }),
  );
}

/** It is written into code, contracts and texts as it is. */
function requireOwner(owner: string): string {
  if (/^\p{L}[\p{L}\p{N} ._-]{0,79}$/u.test(owner)) return owner;
  throw usage(newDomain, `--owner ${owner} is no name of a team: a letter, then letters, digits, spaces and . _ -`);
}

function describe(name: string, product: string, files: readonly string[]): string {
  return `${files.map((file) => `wrote ${file}`).join("\n")}

Next (stop mesh up first, if it runs: it takes domains in when it starts):
  mesh run ${name}
  mesh query '{ ${camelCase(product)} { totalCount nodes { id category amount changedAt } } }'
  npm install     # once: notes the new package in package-lock.json
`;
}
