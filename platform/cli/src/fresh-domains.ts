import { createHash } from "node:crypto";
import { glob, readFile } from "node:fs/promises";
import path from "node:path";
import type { Domain } from "@thoth/pipeline/domain";
import { cliError } from "./errors.ts";
import { loadDomains, loadDomainsFor } from "./load-domains.ts";
import type { Settings } from "./settings.ts";

/** What a process takes in once, when it starts: code is loaded and the schema is built only then. */
const fixedAtStart = [
  "domain.ts",
  "sources/**/*.ts",
  "sources/**/*.odcs.yaml",
  "products/*/graph.ts",
  "products/*/contract.odcs.yaml",
  "products/*/previous/*.sql",
];

/**
 * For a process that serves while people work on the domains: reads them anew before a run, so that a changed query
 * counts at once.
 * @param served the domains as this process serves them
 * @returns a function that takes what is to run and gives the domains as they are on disk
 * @throws MeshError `cli/restart-needed`, from that function, when what is to run has changed in a way that it cannot
 *   take in while it serves
 */
export async function freshDomains(
  served: readonly Domain[],
  settings: Settings,
): Promise<(only?: string) => Promise<Domain[]>> {
  const atStart = new Map<string, string>();
  for (const { name, dir } of served) atStart.set(name, await fingerprint(dir));
  return async (only) => {
    const wanted = only?.split("/")[0];
    const fresh = wanted === undefined ? await loadDomains(settings) : await aroundOne(wanted, served, settings);
    for (const { name, dir } of fresh) {
      if (wanted !== undefined && wanted !== name) continue;
      const before = atStart.get(name);
      if (before === undefined) throw cliError["restart-needed"]({ what: `the domain ${name} was added` });
      if (before !== (await fingerprint(dir)))
        throw cliError["restart-needed"]({ what: `a source, contract, mapping or descriptor of ${name} was changed` });
    }
    return fresh.filter(({ name }) => atStart.has(name));
  };
}

/** One that cannot be loaded any more is for the others what it was when this process began. */
async function aroundOne(wanted: string, served: readonly Domain[], settings: Settings): Promise<Domain[]> {
  const { domains, unsound } = await loadDomainsFor(wanted, settings);
  const names = new Set(unsound.map(({ name }) => name));
  return [...domains, ...served.filter(({ name }) => names.has(name))];
}

async function fingerprint(dir: string): Promise<string> {
  const files = await Array.fromAsync(glob(fixedAtStart, { cwd: dir }));
  const hash = createHash("sha256");
  for (const file of files.sort()) hash.update(`${file}\0`).update(await readFile(path.join(dir, file)));
  return hash.digest("hex");
}
