import type { Command } from "../command.ts";
import type { CommandInput } from "../command-input.ts";
import type { Effects } from "../effects.ts";
import { cliError } from "../errors.ts";
import { loadNamedDomain } from "../load-domains.ts";
import { requireName } from "../new-names.ts";
import { writeProduct } from "../new-product.ts";
import { loadSettings } from "../settings.ts";
import { parseProductTarget } from "../target.ts";

export const newProduct: Command = {
  name: "mesh new product",
  summary: "Write a data product from the template into a domain.",
  usage: "<domain>/<product>",
  details: "The contract starts with the columns and types of a cleaned table; shape it and the query from there.",
  options: {
    from: {
      type: "string",
      value: "<table>",
      description: "Cleaned table to start from; the domain's first unless given.",
    },
    key: {
      type: "string",
      value: "<columns>",
      description: "Key, comma-separated; the table's first column unless given.",
    },
  },
  positionals: [1, 1],
  examples: [["mesh new product ontrack-learning/task-list --from tasks --key task_id", "a product over clean.tasks"]],
  run: write,
};

async function write(input: CommandInput, effects: Effects): Promise<number> {
  const [target = ""] = input.positionals;
  const { domain: domainName, product: name } = parseProductTarget(newProduct, target);
  requireName("product", name);
  const settings = await loadSettings(effects.cwd, effects.env);
  const domain = await loadNamedDomain(domainName, settings);
  const from = input.text("from") ?? domain.cleanTables[0]?.table;
  if (from === undefined) throw cliError["no-tables"]({ domain: domainName });
  const key = (input.text("key") ?? "").split(",").map((column) => column.trim());
  const files = await writeProduct({ root: settings.root, domain, name, from, key: key.filter(Boolean) });
  if (input.json) effects.out(`${JSON.stringify({ domain: domainName, product: name, files })}\n`);
  else effects.out(`${files.map((file) => `wrote ${file}`).join("\n")}\n\nNext:\n  mesh check\n  mesh run ${target}\n`);
  return 0;
}
