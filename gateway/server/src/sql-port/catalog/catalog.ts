import { LatestUsed } from "@thoth/access/secured-sql/latest-used";
import type { SecuredTable } from "@thoth/access/secured-sql/secured-sql";
import type { Clock } from "@thoth/kernel/clock";
import type { ServerLog } from "@thoth/subgraph/served-graph";
import { gatewayError } from "../../errors.ts";
import { partsOf } from "../protocol/row-batch.ts";
import type { Query } from "../session/query.ts";
import { formatSearchPath } from "../session/search-path.ts";
import { catalogDdl, fingerprintOf, roleOf, schemasOf } from "./catalog-ddl.ts";
import { CatalogInstance } from "./catalog-instance.ts";
import {
  type CatalogResult,
  describeMessages,
  executeMessages,
  mostCatalogRows,
  readCatalogMessages,
} from "./catalog-messages.ts";
import type { CatalogAnswer, CatalogOrder } from "./catalog-order.ts";
import { SlowReaders } from "./slow-readers.ts";

/** Who asks the catalog, and what there is for them. */
export interface CatalogAsker {
  readonly user: string;
  /** Under whose name turns and pauses are counted. */
  readonly consumer: string;
  /** As it was set; undefined for all schemas. */
  readonly searchPath: readonly string[] | undefined;
  readonly tables: readonly SecuredTable[];
}

export interface CatalogOptions {
  readonly log: ServerLog;
  readonly clock: Clock;
  /** Longest time of one statement, with its wait for others, milliseconds. */
  readonly deadlineMs: number;
  /** How many are kept: each takes some 200 MB. */
  readonly instances?: number;
  /** After which one that nobody asks is given up, milliseconds. */
  readonly idleMs?: number;
}

const defaultInstances = 2;
const defaultIdleMs = 10 * 60_000;
const limitBytes = 8 * 1024 * 1024;
/** How much of an answer is handed on at once. */
const partBytes = 256 * 1024;

/** What a statement takes and yields. */
type Described = Pick<CatalogResult, "parameters" | "fields">;

/** A statement is described each time before it runs, since settings may have changed; the same comes of it as long as they have not. */
const mostDescribed = 200;
const longestDescribed = 16_000;

interface Kept {
  readonly instance: CatalogInstance;
  readonly described: LatestUsed<Described>;
  usedAt: number;
}

/**
 * Answers statements about `pg_catalog` and `information_schema` by Postgres itself, in threads of their own: one for all
 * readers who see the same tables and columns.
 */
export class Catalog implements AsyncDisposable {
  readonly #options: CatalogOptions;
  readonly #kept = new Map<string, Kept>();
  readonly #slow: SlowReaders;
  readonly #sweep: NodeJS.Timeout;

  constructor(options: CatalogOptions) {
    this.#options = options;
    this.#slow = new SlowReaders(options.deadlineMs);
    const { idleMs = defaultIdleMs } = options;
    this.#sweep = setInterval(() => this.#closeIdle(idleMs), Math.min(idleMs, 30_000)).unref();
  }

  /**
   * @throws CatalogFailure for what is wrong with the statement
   * @throws MeshError `gateway/sql-catalog-mixed`, `gateway/sql-catalog-slow`, `gateway/sql-catalog-paused`, …
   */
  async prepare(sql: string, types: readonly number[], asker: CatalogAsker): Promise<Query> {
    const { parameters, fields } = await this.#describe(sql, types, asker);
    const run = async (bound: Parameters<Query["run"]>[0], signal: AbortSignal) => {
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
        yield* partsOf(rows, partBytes);
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#sweep);
    await Promise.all([...this.#kept.values()].map(({ instance }) => instance.close()));
    this.#kept.clear();
  }

  async #describe(sql: string, types: readonly number[], asker: CatalogAsker): Promise<Described> {
    const { described } = this.#keptFor(asker.tables);
    const key = JSON.stringify([searchPathOf(asker), types, sql]);
    const known = described.get(key);
    if (known !== undefined) return known;
    const { parameters, fields } = await this.#ask(asker, { describe: describeMessages(sql, types) });
    if (key.length <= longestDescribed) described.set(key, { parameters, fields });
    return { parameters, fields };
  }

  async #ask(
    asker: CatalogAsker,
    messages: Pick<CatalogOrder, "describe" | "execute">,
    signal?: AbortSignal,
  ): Promise<CatalogResult> {
    const { deadlineMs, clock } = this.#options;
    const { consumer: reader } = asker;
    this.#slow.check(reader, clock());
    const order = { ...messages, role: roleOf(asker.user), searchPath: searchPathOf(asker), limitBytes };
    const answer = await this.#keptFor(asker.tables).instance.ask(order, { reader, deadlineMs, signal });
    if (answer.kind === "failed")
      this.#options.log.error("the catalog of the SQL port failed", { reason: answer.reason });
    return resultOf(answer);
  }

  #keptFor(tables: readonly SecuredTable[]): Kept {
    const ddl = catalogDdl(tables);
    const name = fingerprintOf(ddl);
    const kept = this.#kept.get(name) ?? {
      instance: new CatalogInstance(ddl, (reader) => this.#slow.note(reader, this.#options.clock())),
      described: new LatestUsed<Described>(mostDescribed),
      usedAt: 0,
    };
    kept.usedAt = this.#options.clock();
    this.#kept.delete(name);
    this.#kept.set(name, kept);
    this.#closeSurplus();
    return kept;
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

function searchPathOf({ searchPath, tables }: CatalogAsker): string {
  return formatSearchPath(searchPath ?? schemasOf(tables));
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
