import { type Finding, hasErrors } from "@thoth/contract/finding";
import { type PolicyBook, readPolicies } from "@thoth/contract/policy/read-policies";
import { nearest } from "@thoth/contract/spelling";
import { type Command, usage } from "../command.ts";
import type { CommandInput } from "../command-input.ts";
import { countOf } from "../count-text.ts";
import type { Effects } from "../effects.ts";
import { describeFinding } from "../finding-text.ts";
import { loadSettings } from "../settings.ts";

export const policyTest: Command = {
  name: "mesh policy test",
  summary: "Judge policies by their own examples.",
  usage: "[policy …]",
  details:
    "Passing examples must pass, failing ones fail for the reason they state, and every rule must be shown by both. " +
    "`mesh check` does the same. Ends with 1 when a policy is not sound.",
  options: {},
  positionals: [0, 1000],
  examples: [
    ["mesh policy test", "all of them"],
    ["mesh policy test naming", "one, while you write it"],
  ],
  run: test,
};

async function test({ positionals, json }: CommandInput, effects: Effects): Promise<number> {
  const { root } = await loadSettings(effects.cwd, effects.env);
  const book = readPolicies(root);
  const ids = positionals.length > 0 ? requireKnown(positionals, book) : book.ids;
  const findings = book.findings.filter(({ file }) => ids.includes(idOf(file)));
  const ok = !hasErrors(findings);
  if (json) effects.out(`${JSON.stringify({ ok, policies: ids, findings }, null, 2)}\n`);
  else effects.out(ids.flatMap((id) => describe(id, book, findings)).join(""));
  return ok ? 0 : 1;
}

function requireKnown(names: readonly string[], { ids }: PolicyBook): readonly string[] {
  const unknown = names.find((name) => !ids.includes(name));
  if (unknown === undefined) return names;
  const meant = nearest(unknown, ids);
  const hint = meant === undefined ? "" : `; did you mean "${meant}"?`;
  throw usage(policyTest, `there is no policy "${unknown}"${hint}`);
}

function describe(id: string, { policies }: PolicyBook, findings: readonly Finding[]): string[] {
  const own = findings.filter(({ file }) => idOf(file) === id);
  const examples = policies.find(({ policy }) => policy.id === id)?.policy.examples;
  if (examples === undefined) return [`FAIL ${id}\n`, ...own.map((finding) => `${describeFinding(finding)}\n`)];
  const [passing, failing] = [examples.passing.length, examples.failing.length];
  return [`ok   ${id}: ${countOf(passing, "passing example")}, ${countOf(failing, "failing example")}\n`];
}

function idOf(file: string): string {
  return file.replace(/^.*\//, "").replace(/\.ya?ml$/, "");
}
