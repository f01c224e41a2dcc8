import { hasErrors } from "@thoth/contract/finding";
import type { Policy } from "@thoth/contract/policy/policy";
import { readPolicies } from "@thoth/contract/policy/read-policies";
import { readWaivers, type WrittenWaiver } from "@thoth/contract/policy/waiver";
import type { Command } from "../command.ts";
import { alignRows } from "../command-help.ts";
import type { CommandInput } from "../command-input.ts";
import { countOf } from "../count-text.ts";
import type { Effects } from "../effects.ts";
import { describeFinding } from "../finding-text.ts";
import { loadSettings } from "../settings.ts";

export const policyList: Command = {
  name: "mesh policy list",
  summary: "List what the council asks of every contract, and who is let off what.",
  usage: "",
  details: "Policies lie in contracts/policies, waivers in contracts/waivers. Ends with 1 when one cannot be read.",
  options: {},
  positionals: [0, 0],
  examples: [
    ["mesh policy list", "every policy in one sentence"],
    ["mesh policy list --json", "with reasons and waivers, for a program"],
  ],
  run: list,
};

async function list({ json }: CommandInput, effects: Effects): Promise<number> {
  const { root } = await loadSettings(effects.cwd, effects.env);
  const book = readPolicies(root);
  const { waivers, findings: unsaid } = readWaivers(root);
  const policies = book.policies.map(({ policy }) => policy);
  const findings = [...book.findings, ...unsaid];
  const ok = !hasErrors(findings);
  const told = { ok, policies: policies.map(summarise), waivers: waivers.map(sayWaiver), findings };
  if (json) effects.out(`${JSON.stringify(told, null, 2)}\n`);
  else effects.out([...describe(policies, waivers), ...findings.map(describeFinding), ""].join("\n"));
  return ok ? 0 : 1;
}

function summarise({ id, title, why, severity, waivable = true }: Policy) {
  return { id, title, why: why.trim(), severity, waivable, file: `contracts/policies/${id}.yaml` };
}

function sayWaiver({ locate: _, ...waiver }: WrittenWaiver) {
  return waiver;
}

function describe(policies: readonly Policy[], waivers: readonly WrittenWaiver[]): string[] {
  const rows = policies.map(({ id, severity, title }) => [`${severity.padEnd(7)} ${id}`, title] as const);
  const exceptions = waivers.map(
    ({ policy, product, column, expires, owner, reason }) =>
      [
        `waived  ${policy}`,
        `${product}${column === undefined ? "" : `, column ${column}`}, until ${expires} by ${owner}: ${reason.trim()}`,
      ] as const,
  );
  const count = policies.length === 1 ? "1 policy" : `${policies.length} policies`;
  return [...alignRows([...rows, ...exceptions]), `${count}, ${countOf(waivers.length, "waiver")}`];
}
