import type { Principal } from "@thoth/access/decision";
import type { SecuredRead, SqlReader } from "@thoth/access/secured-sql/secured-sql";
import { isMeshError, type MeshError } from "@thoth/kernel/mesh-error";
import { gatewayError } from "../../errors.ts";
import type { SignedIn } from "../sign-in/signed-in.ts";
import type { SqlPortOptions } from "../sql-port-options.ts";
import { claimsOf } from "./consumer-use.ts";
import type { Portal } from "./portal.ts";
import type { SessionSettings } from "./session-settings.ts";

export interface ReaderParts {
  readonly options: SqlPortOptions;
  readonly signedIn: SignedIn;
  /** Under whose name use is counted. */
  readonly consumer: string;
  readonly settings: SessionSettings;
}

/** Who reads, and for what, at one moment. */
export interface Reading {
  readonly principal: Principal;
  readonly purpose: string | undefined;
  readonly reader: SqlReader;
}

/** Whoever has signed in to a session, as they are at each moment. */
export class SessionReader {
  readonly #parts: ReaderParts;

  constructor(parts: ReaderParts) {
    this.#parts = parts;
  }

  /** @throws MeshError `gateway/sql-signed-out` */
  async reading(purpose: string | undefined): Promise<Reading> {
    return this.readingOf(await this.verify(), purpose);
  }

  readingOf(principal: Principal, purpose: string | undefined): Reading {
    const { options, settings, consumer } = this.#parts;
    const decide: SqlReader["decide"] = (model) => options.decide(principal, model, purpose);
    const claims = claimsOf(principal, consumer);
    return { principal, purpose, reader: { decide, claims, now: options.clock(), searchPath: settings.searchPath } };
  }

  /** @throws MeshError `gateway/sql-signed-out` */
  async verify(): Promise<Principal> {
    return this.#parts.signedIn.verify().catch((cause: unknown) => {
      if (!isMeshError(cause) || cause.code === "gateway/sql-signed-out") throw cause;
      throw gatewayError["sql-signed-out"]({ reason: cause.message }, { cause });
    });
  }
}

/** What speaks against going on with a portal: MeshError `gateway/sql-access-changed`. */
export function changeOf({ query }: Portal, { reader }: Reading): MeshError | undefined {
  const changed = query.reads.find((read) => !stillDecided(read, reader));
  return changed && gatewayError["sql-access-changed"]({ product: changed.model.id });
}

function stillDecided({ model, decision }: SecuredRead, { decide, now }: SqlReader): boolean {
  const isOver = decision.expiresAt !== null && decision.expiresAt <= now;
  return !isOver && decide(model).fingerprint === decision.fingerprint;
}
