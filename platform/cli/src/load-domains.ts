import { glob } from "node:fs/promises";
import path from "node:path";
import { isMeshError, MeshError } from "@thoth/kernel/mesh-error";
import type { Domain } from "@thoth/pipeline/domain";
import { loadDomain } from "@thoth/pipeline/load-domain";
import { placeOfCode } from "./code-place.ts";
import { cliError } from "./errors.ts";
import type { Settings } from "./settings.ts";

type DomainPlaces = Pick<Settings, "root" | "domains">;

/**
 * All domains that the configuration names, in the order of their folders' names.
 * @throws MeshError of the pipeline package, with the place in the domain's own code where it has one
 */
export async function loadDomains(places: DomainPlaces): Promise<Domain[]> {
  return Promise.all((await domainFiles(places)).map((file) => loadOne(file, places.root)));
}

/**
 * One domain, without asking whether the others are sound.
 * @throws MeshError `cli/unknown-domain`
 */
export async function loadNamedDomain(name: string, places: DomainPlaces): Promise<Domain> {
  const files = await domainFiles(places);
  const file = files.find((candidate) => path.basename(path.dirname(candidate)) === name);
  if (file !== undefined) return loadOne(file, places.root);
  const known = files.map((candidate) => path.basename(path.dirname(candidate)));
  throw cliError["unknown-domain"]({ name, known });
}

async function domainFiles({ root, domains }: DomainPlaces): Promise<string[]> {
  const files: string[] = [];
  for await (const file of glob(domains, { cwd: root })) files.push(path.join(root, file));
  return files.sort();
}

/** Names the line as well when it is the domain's own code that fails. */
async function loadOne(file: string, root: string): Promise<Domain> {
  try {
    return await loadDomain(file, root);
  } catch (failure) {
    const at = isMeshError(failure) ? placeOfCode(failure.cause, root) : undefined;
    if (!isMeshError(failure) || at === undefined) throw failure;
    const { code, message, hint, cause } = failure;
    throw new MeshError(code, { message, hint }, { at, cause });
  }
}
