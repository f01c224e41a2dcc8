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

/** A domain that cannot be loaded as it is on the disk. */
export interface UnsoundDomain {
  readonly name: string;
  readonly failure: unknown;
}

/** Domains for a run of one of them: what is wrong with another one is that one's trouble. */
export interface DomainsForOne {
  readonly domains: Domain[];
  /** What cannot be loaded. */
  readonly unsound: readonly UnsoundDomain[];
}

/** @throws MeshError when the one that is wanted cannot be loaded */
export async function loadDomainsFor(wanted: string, places: DomainPlaces): Promise<DomainsForOne> {
  const files = await domainFiles(places);
  const loaded = await Promise.allSettled(files.map((file) => loadOne(file, places.root)));
  const domains = loaded.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
  const names = files.map(folderName);
  const unsound = loaded.flatMap((each, index) =>
    each.status === "rejected" ? [{ name: names[index] as string, failure: each.reason as unknown }] : [],
  );
  throwFirst(unsound.filter(({ name }) => name === wanted));
  return { domains, unsound };
}

/**
 * Where nothing else can stand for a domain that cannot be loaded.
 * @throws MeshError of a domain whose products the wanted one reads or refers to
 */
export function requireInputs(wanted: string, { domains, unsound }: DomainsForOne): void {
  const products = domains.find(({ name }) => name === wanted)?.loadedProducts ?? [];
  const needed = products.flatMap(({ inputPorts = [], model }) => [
    ...inputPorts.map((id) => id.split("/")[0]),
    ...model.relationships.map(({ to }) => to.domain),
  ]);
  throwFirst(unsound.filter(({ name }) => needed.includes(name)));
}

function throwFirst([first]: readonly UnsoundDomain[]): void {
  if (first !== undefined) throw first.failure;
}

/**
 * One domain, without asking whether the others are sound.
 * @throws MeshError `cli/unknown-domain`
 */
export async function loadNamedDomain(name: string, places: DomainPlaces): Promise<Domain> {
  const files = await domainFiles(places);
  const file = files.find((candidate) => folderName(candidate) === name);
  if (file !== undefined) return loadOne(file, places.root);
  const known = files.map(folderName);
  throw cliError["unknown-domain"]({ name, known });
}

async function domainFiles({ root, domains }: DomainPlaces): Promise<string[]> {
  const files: string[] = [];
  for await (const file of glob(domains, { cwd: root })) files.push(path.join(root, file));
  return files.sort();
}

function folderName(file: string): string {
  return path.basename(path.dirname(file));
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
