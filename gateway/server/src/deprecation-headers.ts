import type { UsedDeprecation } from "./deprecation-notices.ts";

/**
 * What an HTTP client is told of deprecated elements in the answer: `Deprecation` with the earliest announcement (RFC
 * 9745), `Sunset` with the earliest end (RFC 8594), and `Link` to what is written about them and to what replaces them.
 */
export function deprecationHeaders(used: readonly UsedDeprecation[]): Record<string, string> {
  const since = earliest(used.map(({ deprecation }) => deprecation.since));
  const until = earliest(used.map(({ deprecation }) => deprecation.until));
  return {
    ...(since !== undefined && { deprecation: `@${Math.floor(since / 1000)}` }),
    // The end of something cannot come before its announcement.
    ...(until !== undefined && { sunset: new Date(Math.max(until, since ?? until)).toUTCString() }),
    link: [...new Set(used.flatMap(links))].join(", "),
  };
}

function earliest(instants: readonly (number | undefined)[]): number | undefined {
  const known = instants.filter((instant) => instant !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

/** The product's place on the start page tells of all its versions. */
function links({ model, deprecation, element }: UsedDeprecation): string[] {
  const page = `</#product-${model.domain}-${model.product}>`;
  const isWhole = element === model.fieldName;
  const successor = `${page}; rel="successor-version"; title="${deprecation.replacement}"`;
  const replaced = isWhole && deprecation.replacement !== undefined;
  return [`${page}; rel="deprecation"; type="text/html"`, ...(replaced ? [successor] : [])];
}
