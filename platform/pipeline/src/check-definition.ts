import type { DomainDefinition } from "./domain.ts";
import { pipelineError } from "./errors.ts";

/**
 * Refuses a `domain.ts` that the other files cannot be found by, or that says a thing twice.
 * @param folder name of the folder that it lies in
 * @param file for the place in errors
 */
export function checkDefinition(definition: DomainDefinition, folder: string, file: string): void {
  const { name, sources, products } = definition;
  const at = { at: { file } };
  if (name !== folder) throw pipelineError["domain-name"]({ name, folder }, at);
  refuseBadName("A domain", name, file);
  for (const product of products) refuseBadName("A product", product.name, file);
  const twice = firstRepeated(products.map((product) => product.name));
  if (twice !== undefined) throw pipelineError["duplicate-product"]({ product: twice }, at);
  const stream = firstRepeated(sources.flatMap((source) => source.streams.map((entry) => entry.name)));
  if (stream !== undefined) throw pipelineError["duplicate-stream"]({ stream, domain: name }, at);
}

/** Folders, SQL catalogs, URLs and GraphQL fields are all made from these names. */
function refuseBadName(what: string, name: string, file: string): void {
  if (/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name)) return;
  throw pipelineError["bad-name"]({ what, name }, { at: { file } });
}

/** Case does not count, as in SQL. */
function firstRepeated(names: readonly string[]): string | undefined {
  const lower = names.map((name) => name.toLowerCase());
  return names.find((_, index) => lower.indexOf(lower[index] ?? "") < index);
}
