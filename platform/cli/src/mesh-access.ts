import { type AccessBook, openAccessBook } from "@thoth/access/access-book";
import { type Authenticate, openAuthentication } from "@thoth/access/authenticate";
import { decideFrom } from "@thoth/access/decide-from";
import { followTokenKey } from "@thoth/access/followed-token-key";
import { openTrustedIssuers } from "@thoth/access/issuers/trusted-issuers";
import { openTokenKey } from "@thoth/access/signing-key";
import { readPurposes } from "@thoth/contract/read-purposes";
import type { ServerLog } from "@thoth/subgraph/served-graph";
import type { Effects } from "./effects.ts";
import type { Settings } from "./settings.ts";

/** Who asks and what they may see: the same for every port of this process. */
export interface MeshAccess extends Disposable {
  readonly book: AccessBook;
  readonly authenticate: Authenticate;
  readonly decide: ReturnType<typeof decideFrom>;
}

export async function openMeshAccess(
  { home, root, issuers }: Settings,
  { now: clock }: Pick<Effects, "now">,
  log: ServerLog,
): Promise<MeshAccess> {
  const purposes = readPurposes(root);
  // Made here where there is none; from then on it counts as its file is.
  await openTokenKey(home);
  const tokenKey = followTokenKey({
    home,
    clock,
    onTrouble: ({ message }) => log.error("tokens of this mesh cannot be verified", { reason: message }),
  });
  const onTrouble = (failure: Error) => log.error("agreements and keys cannot be read", { reason: failure.message });
  const book = openAccessBook({ home, clock, onTrouble });
  const trusted = openTrustedIssuers(issuers, {
    clock,
    onTrouble: (issuer, reason) => log.error("an issuer's keys cannot be fetched", { issuer, reason }),
  });
  return {
    book,
    authenticate: openAuthentication({ tokenKey, book, issuers: trusted, clock }),
    decide: decideFrom({ book, purposes, clock }),
    [Symbol.dispose]: () => book[Symbol.dispose](),
  };
}
