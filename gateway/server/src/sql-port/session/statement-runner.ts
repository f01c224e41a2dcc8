import type { SecuredRead } from "@thoth/access/secured-sql/secured-sql";
import { isMeshError, type MeshError } from "@thoth/kernel/mesh-error";
import { gatewayError } from "../../errors.ts";
import type { Catalog } from "../catalog/catalog.ts";
import { schemasOf } from "../catalog/catalog-ddl.ts";
import { mentionsCatalog, readsCatalog } from "../catalog/reads-catalog.ts";
import type { Channel } from "../channel.ts";
import type { SqlPortLimits } from "../sql-port-options.ts";
import { ConsumerUse } from "./consumer-use.ts";
import type { Portal, RowSink } from "./portal.ts";
import { prepareProductQuery } from "./product-query.ts";
import type { Query } from "./query.ts";
import type { RowKeeping } from "./result-rows.ts";
import { changeOf, type ReaderParts, type Reading, SessionReader } from "./session-reader.ts";
import type { StatementText } from "./sql-tokens.ts";
import { ToldStatements } from "./told-statements.ts";

export interface RunnerParts extends ReaderParts {
  readonly limits: SqlPortLimits;
  readonly channel: Channel;
  readonly keeping: RowKeeping;
  readonly catalog: Catalog;
}

/** Runs the statements of one session under what its reader may see at each moment. */
export class StatementRunner {
  readonly #parts: RunnerParts;
  readonly #use: ConsumerUse;
  readonly #reader: SessionReader;
  readonly #told: ToldStatements;
  #running: Portal | undefined;
  #cancelled: unknown;

  constructor(parts: RunnerParts) {
    this.#parts = parts;
    this.#use = new ConsumerUse(parts.options.rates, parts.consumer);
    this.#reader = new SessionReader(parts);
    this.#told = new ToldStatements(parts);
  }

  /** To be asked before anything is made of a statement. @throws MeshError `gateway/rate-exceeded` */
  takeRequest(): void {
    this.#use.takeRequest();
  }

  /**
   * Judges a statement by the decisions of this moment.
   * @throws MeshError `gateway/sql-signed-out` and whatever speaks against the statement
   */
  async prepare(statement: StatementText, types: readonly number[]): Promise<Query> {
    const { options, catalog, consumer, settings } = this.#parts;
    const { securedSql } = options;
    const { principal, purpose, reader } = await this.#reader.reading(settings.purpose);
    let asked: readonly SecuredRead[] = [];
    try {
      const visible = () => securedSql.tables(reader);
      if (readsCatalog(statement, visible)) {
        const asker = { user: principal.name, consumer, searchPath: settings.searchPath, tables: visible() };
        return await catalog.prepare(statement.text, types, asker);
      }
      const onRefused = (reads: readonly SecuredRead[]) => {
        asked = reads;
      };
      const query = await prepareProductQuery(statement.text, types, { securedSql, reader, onRefused });
      return { ...query, purpose };
    } catch (failure) {
      await this.#told.refused(failure, { principal, purpose }, asked);
      throw isMixed(failure, statement)
        ? gatewayError["sql-catalog-mixed"](undefined, { at: failure.at ?? {} })
        : failure;
    }
  }

  /**
   * Hands on rows of a portal. Ends when the statement takes too long, is cancelled, its client goes away, or its reader
   * may not see the same any more.
   * @returns how many rows
   */
  async fetch(portal: Portal, most: number, sink: RowSink): Promise<number> {
    const { limits, settings, channel } = this.#parts;
    const ms = Math.min(settings.timeoutMs("statement_timeout") ?? limits.statementMs, limits.statementMs);
    const timer = setTimeout(() => portal.abort(gatewayError["sql-timed-out"]({ seconds: ms / 1000 })), ms);
    const leave = () => portal.abort(channel.gone.reason);
    channel.gone.addEventListener("abort", leave, { once: true });
    if (channel.gone.aborted) leave();
    if (this.#cancelled !== undefined) portal.abort(this.#cancelled);
    this.#running = portal;
    try {
      await this.#judge(portal);
      if (!portal.hasBegun) this.#use.takeRead(portal.query);
      const rows = await portal.fetch(
        most,
        async (batch, from, to) => {
          this.#use.takeSent(to - from, portal.query);
          await this.#begin(portal);
          await sink(batch, from, to);
        },
        this.#parts.keeping,
      );
      if (portal.isDone) await this.#complete(portal);
      return rows;
    } catch (failure) {
      const reason = portal.signal.aborted ? portal.signal.reason : failure;
      await this.#fail(portal, reason);
      throw reason;
    } finally {
      this.#running = undefined;
      clearTimeout(timer);
      channel.gone.removeEventListener("abort", leave);
    }
  }

  /** Ends a portal; rows that were not asked for are not read. */
  async close(portal: Portal): Promise<void> {
    const wasRead = portal.hasBegun && !portal.isDone;
    await portal.close();
    if (wasRead) await this.#complete(portal);
  }

  /** The schemas of the tables that can be read at this moment. @throws MeshError `gateway/sql-signed-out` */
  async schemas(): Promise<readonly string[]> {
    const { options, settings } = this.#parts;
    const { reader } = await this.#reader.reading(settings.purpose);
    return schemasOf(options.securedSql.tables(reader));
  }

  /** Ends what is running, or is about to. */
  cancel(reason: unknown): void {
    this.#cancelled = reason;
    this.#running?.abort(reason);
  }

  /** What was cancelled before was about something else. */
  forgetCancelling(): void {
    this.#cancelled = undefined;
  }

  /**
   * Looks whether the credential still holds, and ends what is running or open when its reader may not see the same any
   * more: what waits for its next FETCH keeps rows and a part of the engine.
   * @param open at the moment at which it is called
   * @throws MeshError `gateway/sql-signed-out`
   */
  async review(open: () => readonly Portal[]): Promise<void> {
    const principal = await this.#reader.verify();
    const waiting = new Set(open());
    if (this.#running !== undefined) waiting.add(this.#running);
    for (const portal of waiting) {
      if (portal.isDone || portal.signal.aborted) continue;
      const change = changeOf(portal, this.#reader.readingOf(principal, portal.query.purpose));
      if (change === undefined) continue;
      portal.abort(change);
      // Who runs it ends it.
      if (portal !== this.#running) await this.#end(portal, change);
    }
  }

  /** @throws MeshError `gateway/sql-access-changed`, `gateway/sql-signed-out` */
  async #judge(portal: Portal): Promise<Reading> {
    const reading = await this.#reader.reading(portal.query.purpose);
    const change = changeOf(portal, reading);
    if (change !== undefined) throw change;
    return reading;
  }

  /** Before rows leave: each time, for a cursor may stay open for longer than what it was opened under. */
  async #begin(portal: Portal): Promise<void> {
    await this.#told.begin(portal, await this.#judge(portal));
  }

  async #complete(portal: Portal): Promise<void> {
    if (!portal.isToldOf) await this.#begin(portal);
    await this.#told.end(portal);
  }

  async #fail(portal: Portal, reason: unknown): Promise<void> {
    await this.#end(portal, reason);
    if (portal.isToldOf) return;
    const reading = await this.#reader.reading(portal.query.purpose).catch(() => undefined);
    await this.#told.refused(
      reason,
      reading && { principal: reading.principal, purpose: reading.purpose },
      portal.query.reads,
    );
  }

  /** For good: who asks for more of it is told the same. */
  async #end(portal: Portal, reason: unknown): Promise<void> {
    portal.abort(reason);
    await portal.close();
    await this.#told.end(portal);
  }
}

/** Whether a table that is none of the products' is one of the catalog. */
function isMixed(failure: unknown, statement: StatementText): failure is MeshError {
  return isMeshError(failure) && failure.code === "access/sql-unknown-table" && mentionsCatalog(statement);
}
