import { gatewayError } from "../../errors.ts";
import type { TransactionStatus } from "../protocol/backend-message.ts";

/** As Postgres keeps of a name. */
const nameLength = 63;

const mostSavepoints = 1_000;

/**
 * The transaction of a session as its client sees it. Nothing is ever written, and every statement reads what is current
 * when it begins, so there is nothing behind it.
 */
export class Transaction {
  #status: TransactionStatus = "I";
  #savepoints: string[] = [];

  get status(): TransactionStatus {
    return this.#status;
  }

  /** @returns false when there is one already */
  begin(): boolean {
    if (this.#status !== "I") return false;
    this.#status = "T";
    return true;
  }

  /** @returns whether it was good */
  end(): boolean {
    const wasGood = this.#status !== "E";
    this.#status = "I";
    this.#savepoints = [];
    return wasGood;
  }

  fail(): void {
    if (this.#status === "T") this.#status = "E";
  }

  /** @throws MeshError `gateway/sql-no-transaction`, `gateway/sql-too-many-open` */
  savepoint(name: string): void {
    this.#mustBeOpen("SAVEPOINT");
    if (this.#savepoints.length >= mostSavepoints)
      throw gatewayError["sql-too-many-open"]({ kind: "savepoints", limit: mostSavepoints });
    // A copy: a piece of a text would keep all of it.
    this.#savepoints.push(Buffer.from(name.slice(0, nameLength)).toString());
  }

  /**
   * @returns which savepoint of the transaction it was, from 0
   * @throws MeshError `gateway/sql-no-transaction`, `gateway/sql-unknown-savepoint`
   */
  release(name: string): number {
    this.#mustBeOpen("RELEASE SAVEPOINT");
    const index = this.#find(name);
    this.#savepoints.length = index;
    return index;
  }

  /**
   * Heals a failed transaction.
   * @returns which savepoint of the transaction it is, from 0
   * @throws MeshError `gateway/sql-no-transaction`, `gateway/sql-unknown-savepoint`
   */
  rollBackTo(name: string): number {
    this.#mustBeOpen("ROLLBACK TO SAVEPOINT");
    const index = this.#find(name);
    this.#savepoints.length = index + 1;
    this.#status = "T";
    return index;
  }

  #find(name: string): number {
    const index = this.#savepoints.lastIndexOf(name.slice(0, nameLength));
    if (index < 0) throw gatewayError["sql-unknown-savepoint"]({ name });
    return index;
  }

  #mustBeOpen(what: string): void {
    if (this.#status === "I") throw gatewayError["sql-no-transaction"]({ what });
  }
}
