import type { Agreement } from "@thoth/access/agreement";
import type { AccessPort } from "@thoth/access/agreements/access-port";
import type { Principal } from "@thoth/access/decision";
import type { ListSizes } from "./discovery-cost.ts";
import { gatewayError } from "./errors.ts";

/** Agreements on one page: when nobody says how many, and at most. */
export const pageSize = { usual: 50, most: 100 } as const;

export interface PageArguments {
  readonly first: number;
  /** Id of the last one of the page before. */
  readonly after?: string | undefined;
}

export interface AgreementPage {
  readonly agreements: readonly Agreement[];
  readonly hasMore: boolean;
}

/** The newest first. @throws MeshError `gateway/agreement-page`, `gateway/agreement-after` */
export function pageOfAgreements(all: readonly Agreement[], { first, after }: PageArguments): AgreementPage {
  if (first < 0 || first > pageSize.most) throw gatewayError["agreement-page"]({ first, most: pageSize.most });
  const sorted = all.toSorted((one, other) => other.requestedAt - one.requestedAt || (one.id < other.id ? -1 : 1));
  const before = after === undefined ? -1 : sorted.findIndex(({ id }) => id === after);
  if (after !== undefined && before === -1) throw gatewayError["agreement-after"]({ after });
  const end = before + 1 + first;
  return { agreements: sorted.slice(before + 1, end), hasMore: end < sorted.length };
}

/** What the lists of agreements hold for one reader: how many there are, and of what is in each the mean. */
export function agreementSizes(port: AccessPort | undefined, principal: Principal): ListSizes {
  let sizes: ReadonlyMap<string, number> | undefined;
  const measured = () => {
    const isKnown = port !== undefined && principal.kind !== "anonymous";
    return isKnown ? measure(port.mine(principal), port.waitingFor(principal)) : new Map<string, number>();
  };
  return {
    get: (place) => {
      if (!agreementLists.has(place)) return undefined;
      sizes ??= measured();
      return sizes.get(place);
    },
  };
}

/** Most operations ask for none of them, so then nothing is counted. */
const agreementLists: ReadonlySet<string> = new Set([
  "Query.myAccess",
  "Query.accessRequests",
  "AccessAgreement.columns",
  "AccessAgreement.rows",
  "AccessAgreement.approvals",
  "AccessScope.values",
]);

function measure(mine: readonly Agreement[], waiting: readonly Agreement[]): ReadonlyMap<string, number> {
  const all = [...mine, ...waiting];
  const scopes = all.flatMap(({ rows }) => Object.values(rows));
  const mean = (lists: readonly (readonly unknown[])[], of: number) =>
    Math.max(1, lists.flat().length / Math.max(1, of));
  return new Map([
    ["Query.myAccess", Math.max(1, mine.length)],
    ["Query.accessRequests", Math.max(1, waiting.length)],
    [
      "AccessAgreement.columns",
      mean(
        all.map(({ columns }) => columns ?? []),
        all.length,
      ),
    ],
    ["AccessAgreement.rows", mean([scopes], all.length)],
    [
      "AccessAgreement.approvals",
      mean(
        all.map(({ approvals }) => approvals),
        all.length,
      ),
    ],
    ["AccessScope.values", mean(scopes, scopes.length)],
  ]);
}
