import type { Purpose } from "@thoth/contract/read-purposes";
import type { AccessBook } from "../access-book.ts";
import { type Agreement, isFor } from "../agreement.ts";
import type { Principal } from "../decision.ts";
import { accessError } from "../errors.ts";
import type { AccessCall } from "./access-call.ts";
import type { Actor, AgreementRules } from "./agreement-rules.ts";
import { levelFor } from "./approvers.ts";
import type { AccessRequest } from "./request-agreement.ts";
import { checkSize } from "./request-parts.ts";

/** Agreements for whoever uses a port, acting as who they are there. */
export interface AccessPort {
  /** What data may be used for. */
  readonly purposes: readonly Purpose[];
  /** Those for this reader, and those that it asked for, within the limits of its credential. */
  mine(principal: Principal): readonly Agreement[];
  /** Those that wait for this reader's approval, within the limits of its credential. */
  waitingFor(principal: Principal): readonly Agreement[];
  /** @throws MeshError `access/agreement-…` */
  request(principal: Principal, request: AccessRequest): Promise<Agreement>;
  grant(principal: Principal, id: string): Promise<Agreement>;
  reject(principal: Principal, id: string, reason: string): Promise<Agreement>;
  revoke(principal: Principal, id: string, reason: string): Promise<Agreement>;
}

export interface AccessPortParts {
  readonly book: Pick<AccessBook, "agreements" | "look">;
  readonly rules: AgreementRules;
  /** Does what is asked, in the process that keeps agreements. */
  readonly ask: (call: AccessCall) => Promise<unknown>;
}

export function openAccessPort({ book, rules, ask }: AccessPortParts): AccessPort {
  const change = async (call: AccessCall) => {
    const changed = (await ask(call)) as Agreement;
    // Whoever has changed something sees it in the next answer.
    book.look();
    return changed;
  };
  const seen = (principal: Principal) => book.agreements().filter((one) => isWithin(one, principal));
  return {
    purposes: rules.purposes,
    mine: (principal) => {
      const reader = known(principal);
      return seen(principal).filter((one) => isFor(one, reader) || one.requestedBy === reader.name);
    },
    waitingFor: (principal) => seen(principal).filter((one) => canApprove(one, known(principal), rules)),
    request: async (principal, request) => {
      checkSize(request);
      return change({ do: "request", actor: changing(principal), request });
    },
    grant: (principal, id) => change({ do: "grant", actor: changing(principal), id }),
    reject: (principal, id, reason) => change({ do: "reject", actor: changing(principal), id, reason }),
    revoke: (principal, id, reason) => change({ do: "revoke", actor: changing(principal), id, reason }),
  };
}

function canApprove(agreement: Agreement, actor: Actor, rules: AgreementRules): boolean {
  const { product, major } = agreement;
  const terms = rules.products.find(({ model }) => model.id === product && model.major === major);
  return terms !== undefined && levelFor(agreement, actor, { terms, rules }) !== undefined;
}

function known({ name, kind = "person", roles }: Principal): Actor {
  if (kind === "anonymous") throw accessError["agreement-anonymous"](undefined);
  return { name, kind, roles, authenticated: kind === "service" ? "service-key" : "token" };
}

/** A credential that is limited tells of nothing but what it is limited to. */
function isWithin({ product, purpose }: Agreement, { limits = {} }: Principal): boolean {
  const { products, purposes } = limits;
  return (products?.includes(product) ?? true) && (purposes?.includes(purpose) ?? true);
}

/** A credential that is limited was given away for reading; whoever holds it must not reach further by it. */
function changing(principal: Principal): Actor {
  const actor = known(principal);
  if (principal.limits !== undefined) throw accessError["agreement-limited"](undefined);
  return actor;
}
