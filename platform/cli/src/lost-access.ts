import { decide } from "@thoth/access/decide";
import { anonymous, type Principal } from "@thoth/access/decision";
import type { ProductModel } from "@thoth/contract/product-model";
import { columnOf, columnPairs } from "@thoth/subgraph/sdl-diff-columns";

/**
 * Whether a difference's column is clear now to somebody who would not see it clearly any more. Asked for whoever brings
 * no token and for a holder of each role.
 */
export function accessLoss(
  before: ProductModel,
  after: ProductModel,
  roles: readonly string[],
): (path: string) => boolean {
  const principals: readonly Principal[] = [
    anonymous,
    ...roles.map((role) => ({ name: role, roles: [role], attributes: {} })),
  ];
  const lost = new Set(
    principals.flatMap((principal) => {
      const [now, then] = [decide(principal, before), decide(principal, after)];
      const pairs = columnPairs(before, after).map((pair) => [pair.before.name, pair.after.name] as const);
      return pairs
        .filter(([from, to]) => now.columns[from] === "clear" && then.columns[to] !== "clear")
        .map(([from]) => from);
    }),
  );
  return (path) => lost.has(columnOf(path) ?? "");
}
