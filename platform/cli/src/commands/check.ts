import { type CheckPart, checkMesh } from "../check-mesh.ts";
import type { Command } from "../command.ts";
import type { CommandInput } from "../command-input.ts";
import type { Effects } from "../effects.ts";
import { describeFinding } from "../finding-text.ts";
import { loadSettings } from "../settings.ts";

export const check: Command = {
  name: "mesh check",
  summary: "Judge everything that can be judged without running it.",
  usage: "",
  details:
    "Contracts, the council's policies, domains, SQL (what it reads and in which order it can run), generated files, and the composed schema.",
  options: {
    release: {
      type: "boolean",
      description: "The gate before a release: every contract change is in a changeset that the council has passed.",
    },
  },
  positionals: [0, 0],
  examples: [
    ["mesh check", "before you commit"],
    ["mesh check --release", "before a release, in CI"],
  ],
  run: judge,
};

async function judge(input: CommandInput, effects: Effects): Promise<number> {
  const settings = await loadSettings(effects.cwd, effects.env);
  const parts: CheckPart[] = [];
  for await (const part of checkMesh(settings, effects.now(), { release: input.flag("release") })) {
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
