import type { Finding } from "@thoth/contract/finding";
import { hasErrors } from "@thoth/contract/finding";
import { lintFiles, namedContracts, repositoryContracts } from "@thoth/contract/lint/lint-files";
import { lintRules } from "@thoth/contract/lint/lint-rules";
import type { Command } from "../command.ts";
import { alignRows } from "../command-help.ts";
import type { CommandInput } from "../command-input.ts";
import type { Effects } from "../effects.ts";
import { loadSettings } from "../settings.ts";

export const contractLint: Command = {
  name: "mesh contract lint",
  summary: "Judge contracts by the standard (ODCS 3.0 to 3.2) and by the rules of the house.",
  usage: "[file or folder …]",
  details:
    "Without a file, all contracts of the repository. The house only warns about contracts of others and about what is published. " +
    "Ends with 1 when there is an error.",
  options: { rules: { type: "boolean", description: "List every rule instead." } },
  positionals: [0, 10_000],
  examples: [
    ["mesh contract lint", "all contracts of this repository"],
    ["mesh contract lint draft.odcs.yaml --json", "one file, findings for a program"],
    ["mesh contract lint --rules", "what there is to keep"],
  ],
  run: lint,
};

async function lint(input: CommandInput, effects: Effects): Promise<number> {
  if (input.flag("rules")) return listRules(input, effects);
  const { root } = await loadSettings(effects.cwd, effects.env);
  const named = input.positionals.length > 0;
  const files = named ? namedContracts(root, effects.cwd, input.positionals) : await repositoryContracts(root);
  const findings = lintFiles(root, files);
  const ok = !hasErrors(findings);
  if (input.json) effects.out(`${JSON.stringify({ ok, findings }, null, 2)}\n`);
  else effects.out([...findings.map(describe), summary(files.length, findings), ""].join("\n"));
  return ok ? 0 : 1;
}

function listRules({ json }: CommandInput, effects: Effects): number {
  const rows = lintRules.map(({ id, says }) => [id, says] as const);
  effects.out(json ? `${JSON.stringify({ rules: lintRules }, null, 2)}\n` : `${alignRows(rows).join("\n")}\n`);
  return 0;
}

function describe({ rule, severity, file, line, column, message, hint }: Finding): string {
  return `${file}:${line}:${column} ${severity} ${rule}: ${message}\n  hint ${hint}`;
}

function summary(files: number, findings: readonly Finding[]): string {
  const errors = findings.filter(({ severity }) => severity === "error").length;
  return `${count(files, "contract")}: ${count(errors, "error")}, ${count(findings.length - errors, "warning")}`;
}

function count(amount: number, noun: string): string {
  return `${amount} ${noun}${amount === 1 ? "" : "s"}`;
}
