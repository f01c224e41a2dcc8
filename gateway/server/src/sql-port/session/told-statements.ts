import { randomUUID } from "node:crypto";
import type { SecuredRead } from "@thoth/access/secured-sql/secured-sql";
import { findMeshError } from "@thoth/kernel/error-chain";
import type { SqlRead } from "../sql-port-options.ts";
import type { Portal } from "./portal.ts";
import type { ReaderParts, Reading } from "./session-reader.ts";

interface Request {
  readonly id: string;
  readonly reading: Reading;
}

/** Tells the audit trail of a session's statements: when their rows begin to leave, when they have ended, what was refused. */
export class ToldStatements {
  readonly #parts: Pick<ReaderParts, "options" | "signedIn">;
  readonly #requests = new WeakMap<Portal, Request>();

  constructor(parts: Pick<ReaderParts, "options" | "signedIn">) {
    this.#parts = parts;
  }

  /** Once a statement, before the first of its rows leaves. Throws what telling throws. */
  async begin(portal: Portal, reading: Reading): Promise<void> {
    if (portal.isToldOf) return;
    const request = { id: randomUUID(), reading };
    portal.isToldOf = true;
    await this.#tell(portal, request, { outcome: "begun", rows: null });
    this.#requests.set(portal, request);
  }

  /** Once a statement that has begun, whatever becomes of telling it. */
  async end(portal: Portal): Promise<void> {
    const request = this.#requests.get(portal);
    this.#requests.delete(portal);
    if (request !== undefined) await this.#tell(portal, request, { outcome: "allowed", rows: portal.rows });
  }

  /** Before its sender hears of it. @param reads what it asked for, as far as that is known */
  async refused(
    failure: unknown,
    reading: Pick<Reading, "principal" | "purpose"> | undefined,
    reads: readonly SecuredRead[],
  ): Promise<void> {
    const { options, signedIn } = this.#parts;
    const code = findMeshError(failure)?.code;
    // What the client itself ended was not refused.
    if (code === undefined || code === "gateway/sql-cancelled") return;
    const { authenticated } = signedIn;
    const request = { requestId: randomUUID(), now: options.clock() };
    await options.onRefused?.({ principal: undefined, ...reading, authenticated, code, reads, ...request });
  }

  async #tell(
    { query: { reads } }: Portal,
    { id, reading }: Request,
    { outcome, rows }: Pick<SqlRead, "outcome" | "rows">,
  ): Promise<void> {
    const { options, signedIn } = this.#parts;
    if (reads.length === 0) return;
    const { principal, purpose } = reading;
    const { authenticated } = signedIn;
    const now = options.clock();
    await options.onRead?.({ principal, authenticated, purpose, reads, rows, requestId: id, outcome, now });
  }
}
