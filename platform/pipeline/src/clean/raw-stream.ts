import type { CleanContext } from "./bring-up-to-date.ts";
/** Which run last changed a raw table other than by adding rows; null when none is known to have. */
export function rewriterOf(
  table: string,
  { domain, streams }: Pick<CleanContext, "domain" | "streams">,
): string | null {
  const source = domain.sources.find((candidate) => candidate.streams.some(({ name }) => name.toLowerCase() === table));
  const stream = source?.streams.find(({ name }) => name.toLowerCase() === table);
  if (source === undefined || stream === undefined) return null;
  return streams.of(source.name, stream.name)?.rewrittenBy ?? null;
}
