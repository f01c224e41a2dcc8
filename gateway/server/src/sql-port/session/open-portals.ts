import { gatewayError } from "../../errors.ts";
import type { ValueFormat } from "../protocol/frontend-message.ts";
import type { Portal } from "./portal.ts";
import type { PreparedStatement } from "./prepared-statement.ts";

/** A statement with its values bound. */
export interface OpenPortal {
  readonly prepared: PreparedStatement;
  /** One a column of the result. */
  readonly resultFormats: readonly ValueFormat[];
  /** Of a statement that reads rows. */
  readonly portal?: Portal;
  /** Whether it outlives its transaction. */
  readonly isHeld?: boolean;
}

/** The portals and cursors of one session; they share their names, as in Postgres. */
export class OpenPortals {
  readonly #limit: number;
  readonly #close: (portal: Portal) => Promise<void>;
  readonly #open = new Map<string, OpenPortal>();

  constructor(limit: number, close: (portal: Portal) => Promise<void>) {
    this.#limit = limit;
    this.#close = close;
  }

  /** Whether one is being read and has more: it holds a part of the engine. */
  get holdsEngine(): boolean {
    return [...this.#open.values()].some(({ portal }) => portal?.hasBegun === true && !portal.isDone);
  }

  portals(): Portal[] {
    return [...this.#open.values()].flatMap(({ portal }) => portal ?? []);
  }

  /**
   * The one without a name takes the place of the one before it.
   * @throws MeshError `gateway/sql-cursor-taken`, `gateway/sql-too-many-open`
   */
  async add(name: string, opened: OpenPortal): Promise<void> {
    if (name === "") await this.close(name);
    else if (this.#open.has(name)) throw gatewayError["sql-cursor-taken"]({ name });
    const named = [...this.#open.keys()].filter((key) => key !== "");
    if (name !== "" && named.length >= this.#limit)
      throw gatewayError["sql-too-many-open"]({ kind: "cursors", limit: this.#limit });
    this.#open.set(name, opened);
  }

  /** @throws MeshError `gateway/sql-unknown-cursor` */
  get(name: string): OpenPortal {
    const found = this.#open.get(name);
    if (found === undefined) throw gatewayError["sql-unknown-cursor"]({ name });
    return found;
  }

  async close(name: string): Promise<void> {
    const found = this.#open.get(name);
    this.#open.delete(name);
    if (found?.portal !== undefined) await this.#close(found.portal);
  }

  /** @param held also those that outlive their transaction */
  async closeAll({ held }: { readonly held: boolean }): Promise<void> {
    for (const [name, { isHeld }] of [...this.#open]) if (held || isHeld !== true) await this.close(name);
  }
}
