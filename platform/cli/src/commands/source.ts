import type { Source } from "@thoth/ingest/connector";
import { type Command, usage } from "../command.ts";
import type { CommandInput } from "../command-input.ts";
import type { Effects } from "../effects.ts";
import { cliError } from "../errors.ts";
import { stoppedExitCode } from "../failure-report.ts";
import { loadSettings, type Settings } from "../settings.ts";

export const source: Command = {
  name: "mesh source",
  summary: "Run a source of a domain by itself, as a source of the Airbyte protocol.",
  usage: "<domain>/<source> spec|check|discover|read",
  details:
    "Everything on stdout is a message of the protocol, one JSON object a line, with --json and without. Nothing in\n" +
    "the mesh changes: rows pass through a scratch folder. What a source pseudonymises comes out as the mesh itself\n" +
    "would store it.",
  options: {
    config: {
      type: "string",
      value: "<file>",
      description: "JSON: sources_dir, and secrets by the name of their variable.",
    },
    catalog: { type: "string", value: "<file>", description: "Configured catalog; all streams unless given." },
    state: { type: "string", value: "<file>", description: "States that an earlier read printed: goes on from there." },
  },
  positionals: [2, 2],
  examples: [
    ["mesh source ontrack-learning/ontrack-database discover", "which streams it has"],
    ["mesh source ontrack-learning/ontrack-log read --state state.json", "what has come since"],
  ],
  run: runSource,
};

async function runSource(input: CommandInput, effects: Effects): Promise<number> {
  const { sourceVerbs, speakSource } = await import("../source-speech.ts");
  const [name = "", word = ""] = input.positionals;
  const verb = sourceVerbs.find((known) => known === word);
  if (verb === undefined) throw usage(source, `${word} is none of ${sourceVerbs.join(", ")}`);
  const settings = await loadSettings(effects.cwd, effects.env);
  const found = await findSource(name, settings);
  const files = { config: input.text("config"), catalog: input.text("catalog"), state: input.text("state") };
  const speech = speakSource(found, verb, { settings, effects, files });
  const write = effects.outSlowly ?? (async (piece) => effects.out(String(piece)));
  let next = await speech.next();
  try {
    for (; !next.done; next = await speech.next()) await write(next.value);
  } finally {
    await speech.return(false);
  }
  if (effects.signal.aborted) return stoppedExitCode;
  return next.value ? 0 : 1;
}

async function findSource(text: string, settings: Settings): Promise<Source> {
  const [domain = "", name = "", ...rest] = text.split("/");
  if (domain === "" || name === "" || rest.length > 0) throw usage(source, `${text} is not of the form domain/source`);
  const { loadNamedDomain } = await import("../load-domains.ts");
  const { sources } = await loadNamedDomain(domain, settings);
  const found = sources.find((candidate) => candidate.name === name);
  if (found === undefined) throw cliError["unknown-source"]({ domain, name, known: sources.map((one) => one.name) });
  return found;
}
