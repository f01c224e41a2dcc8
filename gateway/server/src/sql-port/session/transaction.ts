import { gatewayError } from "../../errors.ts";
import type { TransactionStatus } from "../protocol/backend-message.ts";

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

  /** @throws MeshError `gateway/sql-no-transaction` */
  savepoint(name: string): void {
    this.#mustBeOpen("SAVEPOINT");
    this.#savepoints.push(name);
  }

  /** @throws MeshError `gateway/sql-no-transaction`, `gateway/sql-unknown-savepoint` */
  release(name: string): void {
    this.#mustBeOpen("RELEASE SAVEPOINT");
    this.#savepoints.length = this.#find(name);
  }

  /** Heals a failed transaction. @throws MeshError `gateway/sql-no-transaction`, `gateway/sql-unknown-savepoint` */
  rollBackTo(name: string): void {
    this.#mustBeOpen("ROLLBACK TO SAVEPOINT");
    this.#savepoints.length = this.#find(name) + 1;
    this.#status = "T";
  }

  #find(name: string): number {
    const index = this.#savepoints.lastIndexOf(name);
    if (index < 0) throw gatewayError["sql-unknown-savepoint"]({ name });
    return index;
  }

  #mustBeOpen(what: string): void {
    if (this.#status === "I") throw gatewayError["sql-no-transaction"]({ what });
  }
}
