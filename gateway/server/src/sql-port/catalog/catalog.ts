import type { SecuredTable } from "@thoth/access/secured-sql/secured-sql";
import type { Clock } from "@thoth/kernel/clock";
import type { ServerLog } from "@thoth/subgraph/served-graph";
import { gatewayError } from "../../errors.ts";
import type { Query } from "../session/query.ts";
import { catalogDdl, fingerprintOf, roleOf, searchPathOf } from "./catalog-ddl.ts";
import { CatalogInstance } from "./catalog-instance.ts";
import {
  type CatalogResult,
  describeMessages,
  executeMessages,
  mostCatalogRows,
  readCatalogMessages,
} from "./catalog-messages.ts";
import type { CatalogAnswer, CatalogOrder } from "./catalog-order.ts";

/** Who asks the catalog, and what there is for them. */
export interface CatalogAsker {
  readonly user: string;
  /** As it was set; empty for all schemas. */
  readonly searchPath: string;
  readonly tables: readonly SecuredTable[];
}

export interface CatalogOptions {
  readonly log: ServerLog;
  readonly clock: Clock;
  /** Longest time of one statement, milliseconds. */
  readonly deadlineMs: number;
  /** How many are kept: each takes some 200 MB. */
  readonly instances?: number;
  /** After which one that nobody asks is given up, milliseconds. */
  readonly idleMs?: number;
}

const defaultInstances = 2;
const defaultIdleMs = 10 * 60_000;
const limitBytes = 32 * 1024 * 1024;

interface Kept {
  readonly instance: CatalogInstance;
  usedAt: number;
}

/**
 * Answers statements about `pg_catalog` and `information_schema` by Postgres itself, in threads of their own: one for all
 * readers who see the same tables and columns.
 */
export class Catalog implements AsyncDisposable {
  readonly #options: CatalogOptions;
  readonly #kept = new Map<string, Kept>();
  readonly #sweep: NodeJS.Timeout;

  constructor(options: CatalogOptions) {
    this.#options = options;
    const { idleMs = defaultIdleMs } = options;
    this.#sweep = setInterval(() => this.#closeIdle(idleMs), Math.min(idleMs, 30_000)).unref();
  }

  /**
   * @throws CatalogFailure for what is wrong with the statement
   * @throws MeshError `gateway/sql-catalog-mixed`, `gateway/sql-catalog-slow`, …
   */
  async prepare(sql: string, types: readonly number[], asker: CatalogAsker): Promise<Query> {
    const described = await this.#ask(asker, { describe: describeMessages(sql, types) });
    const { parameters, fields } = described;
    const run = async (bound: Parameters<Query["run"]>[0], signal: AbortSignal) => {
      if (bound.values.length !== parameters.length)
        throw gatewayError["sql-parameter-count"]({ given: bound.values.length, needed: parameters.length });
      const order = { describe: describeMessages(sql, parameters), execute: executeMessages(bound) };
      return this.#ask(asker, order, signal);
    };
    return {
      parameters,
      fields,
      reads: [],
      run: async function* (bound, signal) {
        const { rows, isCut } = await run(bound, signal);
        if (isCut) throw gatewayError["sql-catalog-too-large"]({ limit: `${mostCatalogRows} rows` });
        if (rows.ends.length > 0) yield rows;
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#sweep);
    await Promise.all([...this.#kept.values()].map(({ instance }) => instance.close()));
    this.#kept.clear();
  }

  async #ask(
    asker: CatalogAsker,
    messages: Pick<CatalogOrder, "describe" | "execute">,
    signal?: AbortSignal,
  ): Promise<CatalogResult> {
    const { deadlineMs } = this.#options;
    const searchPath = searchPathOf(asker.searchPath, asker.tables);
    const order = { ...messages, role: roleOf(asker.user), searchPath, limitBytes };
    const answer = await this.#instanceFor(asker.tables).ask(order, deadlineMs, signal);
    if (answer.kind === "failed")
      this.#options.log.error("the catalog of the SQL port failed", { reason: answer.reason });
    return resultOf(answer);
  }

  #instanceFor(tables: readonly SecuredTable[]): CatalogInstance {
    const ddl = catalogDdl(tables);
    const name = fingerprintOf(ddl);
    const kept = this.#kept.get(name) ?? { instance: new CatalogInstance(ddl), usedAt: 0 };
    kept.usedAt = this.#options.clock();
    this.#kept.delete(name);
    this.#kept.set(name, kept);
    this.#closeSurplus();
    return kept.instance;
  }

  #closeSurplus(): void {
    const { instances = defaultInstances } = this.#options;
    const [newest] = [...this.#kept.keys()].slice(-1);
    for (const [name, { instance }] of this.#kept) {
      if (this.#kept.size <= instances) return;
      if (name !== newest && instance.isIdle) this.#close(name, instance);
    }
  }

  #closeIdle(idleMs: number): void {
    for (const [name, { instance, usedAt }] of this.#kept) {
      if (instance.isIdle && this.#options.clock() - usedAt >= idleMs) this.#close(name, instance);
    }
  }

  #close(name: string, instance: CatalogInstance): void {
    this.#kept.delete(name);
    void instance.close();
  }
}

function resultOf(answer: CatalogAnswer): CatalogResult {
  switch (answer.kind) {
    case "answer":
      return readCatalogMessages(answer.messages);
    case "mixed":
      throw gatewayError["sql-catalog-mixed"](undefined);
    case "too-large":
      throw gatewayError["sql-catalog-too-large"]({ limit: `${limitBytes} bytes` });
    case "failed":
      throw gatewayError["sql-catalog-failed"]({ reason: "its engine failed" });
    case "ready":
      throw new Error("the catalog's thread answers before it is asked");
    default:
      return answer satisfies never;
  }
}
