import type { Finding } from "@thoth/contract/finding";
import { type CheckPart, checkMesh } from "../check-mesh.ts";
import type { Command } from "../command.ts";
import type { CommandInput } from "../command-input.ts";
import type { Effects } from "../effects.ts";
import { loadSettings } from "../settings.ts";

export const check: Command = {
  name: "mesh check",
  summary: "Judge everything that can be judged without running it.",
  usage: "",
  details:
    "Contracts, domains, SQL (what it reads and in which order it can run), generated files, and the composed schema.",
  options: {},
  positionals: [0, 0],
  examples: [["mesh check", "before you commit"]],
  run: judge,
};

async function judge(input: CommandInput, effects: Effects): Promise<number> {
  const settings = await loadSettings(effects.cwd, effects.env);
  const parts: CheckPart[] = [];
  for await (const part of checkMesh(settings)) {
    parts.push(part);
    if (!input.json) effects.out(describePart(part));
  }
  const ok = parts.every((part) => part.ok);
  if (input.json) effects.out(`${JSON.stringify({ ok, findings: parts.flatMap((part) => part.findings) }, null, 2)}\n`);
  return ok ? 0 : 1;
}

function describePart({ ok, name, summary, findings }: CheckPart): string {
  return [`${ok ? "ok  " : "FAIL"} ${name}: ${summary}`, ...findings.map(describeFinding), ""].join("\n");
}

function describeFinding({ rule, severity, file, line, column, message, hint }: Finding): string {
  return `     ${file}:${line}:${column} ${severity} ${rule}: ${message}\n       hint ${hint}`;
}
