import { writeFiles } from "@thoth/contract/changeset/file-plan";
import { type ProductRelease, planVersion } from "@thoth/contract/changeset/plan-version";
import { contractError } from "@thoth/contract/errors";
import { findBrokenMappings } from "../check-mappings.ts";
import type { Command } from "../command.ts";
import type { CommandInput } from "../command-input.ts";
import type { Effects } from "../effects.ts";
import { releaseOptions } from "../release-options.ts";
import { loadSettings } from "../settings.ts";

export const contractVersion: Command = {
  name: "mesh contract version",
  summary: "Release what is in changesets: raise contract versions and publish them.",
  usage: "",
  details:
    "Part of npm run version, before changesets raises the versions of packages and writes changelogs. Raises `version:` " +
    "and nothing else in each contract, publishes the copy that others rely on, buries ids and names that are gone, writes " +
    "the query of an old major version to previous/, and closes the reviews. All of it or nothing: what mesh check " +
    "--release finds is refused, and a release that was cut short goes on when this is run again.",
  options: { "dry-run": { type: "boolean", description: "Say what would be written, and write nothing." } },
  positionals: [0, 0],
  examples: [
    ["mesh contract version", "release contracts; npm run version raises packages and writes changelogs as well"],
    ["mesh contract version --dry-run", "what it would write"],
  ],
  run: release,
};

async function release(input: CommandInput, effects: Effects): Promise<number> {
  const { root } = await loadSettings(effects.cwd, effects.env);
  const dry = input.flag("dry-run");
  const options = releaseOptions(effects.now());
  const { releases, files } = await planVersion(root, options);
  const findings = await findBrokenMappings(root, options);
  const [first] = findings;
  if (first !== undefined) {
    const { file, line, column } = first;
    throw contractError["not-releasable"]({ findings }, { at: { file, line, column } });
  }
  const written = dry ? files.map(({ file }) => file) : writeFiles(root, files);
  if (input.json) effects.out(`${JSON.stringify({ releases, files: written, dryRun: dry }, null, 2)}\n`);
  else if (releases.length === 0) effects.out("No contract is waiting to be released\n");
  else {
    const verb = dry ? "would write" : "wrote";
    effects.out([...releases.map(describe), ...written.map((file) => `  ${verb} ${file}`), ""].join("\n"));
  }
  return 0;
}

function describe({ product, from, to, changeset, emergency }: ProductRelease): string {
  const step = from === undefined ? `${to} (new)` : `${from} → ${to}`;
  return `released ${product} ${step}, by ${changeset}${emergency ? " (in an emergency; its review is due)" : ""}`;
}
