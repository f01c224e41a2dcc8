import type { CleanContext } from "./bring-up-to-date.ts";
import type { Maintained } from "./clean-shape.ts";

/** Which run last changed the raw table that drives a query other than by adding rows; null when none is known to have. */
export function rewriterOf(
  { layer, source: table }: Maintained,
  { domain, streams }: Pick<CleanContext, "domain" | "streams">,
): string | null {
  if (layer === "clean") return null;
  const source = domain.sources.find((candidate) => candidate.streams.some(({ name }) => name.toLowerCase() === table));
  const stream = source?.streams.find(({ name }) => name.toLowerCase() === table);
  if (source === undefined || stream === undefined) return null;
  return streams.of(source.name, stream.name)?.rewrittenBy ?? null;
}
