import { anonymous, type Principal } from "@thoth/access/decision";
import type { RateLimits } from "../../rate-limits.ts";
import type { Query } from "./query.ts";

/** What a session takes of what its consumer may have. Every method throws MeshError `gateway/rate-exceeded`. */
export class ConsumerUse {
  readonly #rates: Pick<RateLimits, "take"> | undefined;
  readonly #consumer: string;

  /** @param rates absent: without end */
  constructor(rates: Pick<RateLimits, "take"> | undefined, consumer: string) {
    this.#rates = rates;
    this.#consumer = consumer;
  }

  takeRequest(): void {
    this.#rates?.take(this.#consumer, { requests: 1 });
  }

  /** A tenth of what is read, as on the other ports. */
  takeRead({ reads }: Query): void {
    const values = reads.reduce(
      (sum, { rowCount = 0, columns }) => sum + (rowCount * Math.max(1, columns.length)) / 10,
      0,
    );
    this.#rates?.take(this.#consumer, { values });
  }

  takeSent(rows: number, { fields }: Query): void {
    this.#rates?.take(this.#consumer, { values: rows * fields.length });
  }
}

/** All readers without a name have one share of the engine together. */
export function claimsOf({ name }: Principal, consumer: string): readonly string[] {
  return name === anonymous.name ? [name, consumer] : [consumer];
}
