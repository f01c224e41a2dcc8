import { isMeshError } from "@thoth/kernel/mesh-error";
import { gatewayError } from "../../errors.ts";
import { emptyQueryResponse, errorResponse, readyForQuery, rowDescription } from "../protocol/backend-message.ts";
import { type FrontendMessage, parseFrontendMessage } from "../protocol/frontend-message.ts";
import { failureOf, fatal } from "./error-fields.ts";
import { ExtendedQuery } from "./extended-query.ts";
import { type OpenPortal, OpenPortals } from "./open-portals.ts";
import { Portal } from "./portal.ts";
import { type PreparedStatement, refuseSeveralQueries, resultFields, rowFormats } from "./prepared-statement.ts";
import { PreparedStatements } from "./prepared-statements.ts";
import { ResultSender } from "./result-sender.ts";
import { SessionCommands } from "./session-commands.ts";
import { splitStatements } from "./sql-tokens.ts";
import { type RunnerParts, StatementRunner } from "./statement-runner.ts";
import { Transaction } from "./transaction.ts";

/** One connection behind its sign-in: takes one message after another until the client leaves or is sent away. */
export class Session {
  readonly #parts: RunnerParts;
  readonly #runner: StatementRunner;
  readonly #portals: OpenPortals;
  readonly #sender: ResultSender;
  readonly #transaction = new Transaction();
  readonly #statements: PreparedStatements;
  readonly #extended: ExtendedQuery;
  /** After an error everything up to the next Sync is passed over. */
  #isSkipping = false;
  #isBusy = false;
  #end: unknown;
  readonly #ending = new AbortController();

  constructor(parts: RunnerParts) {
    const { channel, settings, limits } = parts;
    this.#parts = parts;
    this.#runner = new StatementRunner(parts);
    this.#portals = new OpenPortals(limits.openCursors, (portal) => this.#runner.close(portal));
    const shared = { channel, portals: this.#portals };
    const transaction = this.#transaction;
    const deallocate = (name: string | null) => this.#statements.deallocate(name);
    const schemas = () => this.#runner.schemas();
    const commands = new SessionCommands({ ...shared, settings, transaction, deallocate, schemas });
    const running = { ...shared, runner: this.#runner, commands };
    this.#statements = new PreparedStatements({ ...running, limit: limits.preparedStatements });
    this.#sender = new ResultSender(running);
    this.#extended = new ExtendedQuery({ ...running, statements: this.#statements, sender: this.#sender, transaction });
  }

  get isBusy(): boolean {
    return this.#isBusy;
  }

  async run(): Promise<void> {
    const { channel } = this.#parts;
    channel.send(readyForQuery("I"));
    try {
      for (;;) {
        // Who takes no answers gets none to further messages.
        await channel.caughtUp();
        const message = await this.#next();
        if (message === undefined || message.kind === "terminate") return;
        this.#isBusy = true;
        await this.#handle(message);
        this.#isBusy = false;
        if (this.#end !== undefined) throw this.#end;
      }
    } catch (failure) {
      this.#sayLast(failure);
    } finally {
      await this.#portals.closeAll({ held: true }).catch(() => undefined);
      channel.end();
    }
  }

  /** Ends the statement that is running. */
  cancel(): void {
    if (this.#isBusy) this.#runner.cancel(gatewayError["sql-cancelled"](undefined));
  }

  /** Ends the session: at once while it waits, behind its error when a statement is running. */
  end(reason: unknown): void {
    if (this.#end !== undefined) return;
    this.#end = reason;
    this.#ending.abort(reason);
    if (this.#isBusy) this.#runner.cancel(reason);
    else this.#leave();
  }

  /** Looks whether its credential and the decisions of what is running or open still hold. */
  async review(): Promise<void> {
    try {
      await this.#runner.review(() => this.#portals.portals());
    } catch (failure) {
      this.end(failure);
    }
  }

  #leave(): void {
    this.#sayLast(this.#end);
    this.#parts.channel.end();
  }

  #sayLast(failure: unknown): void {
    const { channel, options } = this.#parts;
    if (!channel.gone.aborted) channel.send(errorResponse(fatal(failureOf(failure, options.log)).fields));
  }

  async #next(): Promise<FrontendMessage | undefined> {
    const { channel, limits, settings } = this.#parts;
    const inside = this.#transaction.status !== "I" || this.#portals.holdsEngine;
    const [name, most, where] = inside
      ? (["idle_in_transaction_session_timeout", limits.idleInTransactionMs, "inside of a transaction"] as const)
      : (["idle_session_timeout", limits.idleMs, "between statements"] as const);
    const ms = Math.min(settings.timeoutMs(name) ?? most, most);
    const timer = setTimeout(() => this.end(gatewayError["sql-idle"]({ seconds: ms / 1000, where })), ms);
    try {
      const frame = await channel.read();
      return frame === undefined || this.#end !== undefined ? undefined : parseFrontendMessage(frame);
    } finally {
      clearTimeout(timer);
    }
  }

  async #handle(message: FrontendMessage): Promise<void> {
    if (this.#isSkipping && message.kind !== "sync") return;
    this.#statements.failed = undefined;
    this.#runner.forgetCancelling();
    try {
      await this.#carryOut(message);
    } catch (failure) {
      this.#tell(failure);
      this.#isSkipping = message.kind !== "query" && message.kind !== "sync";
      if (message.kind === "query") await this.#ready();
    }
  }

  /** @throws the failure itself when the session cannot go on behind it */
  #tell(failure: unknown): void {
    const { channel, options } = this.#parts;
    if (failure === this.#end || (isMeshError(failure) && lastWords.has(failure.code))) throw failure;
    this.#transaction.fail();
    channel.send(errorResponse(failureOf(failure, options.log, this.#statements.failed).fields));
  }

  async #carryOut(message: FrontendMessage): Promise<void> {
    switch (message.kind) {
      case "query":
        return this.#query(message.text);
      case "parse":
        return this.#extended.parse(message);
      case "bind":
        return this.#extended.bind(message);
      case "describe":
        return this.#extended.describe(message);
      case "execute":
        return this.#extended.execute(message);
      case "close":
        return this.#extended.close(message);
      case "sync":
        this.#isSkipping = false;
        return this.#ready();
      case "flush":
      case "terminate":
      case "copy-end":
        return;
      default:
        return message satisfies never;
    }
  }

  /** Outside of a transaction each Sync ends one. */
  async #ready(): Promise<void> {
    if (this.#transaction.status === "I") await this.#portals.closeAll({ held: false });
    this.#parts.channel.send(readyForQuery(this.#transaction.status));
  }

  async #query(text: string): Promise<void> {
    const { channel } = this.#parts;
    const statements = splitStatements(text);
    if (statements.length === 0) channel.send(emptyQueryResponse);
    refuseSeveralQueries(statements);
    for (const statement of statements) {
      await channel.caughtUp(this.#ending.signal);
      this.#runner.takeRequest();
      const prepared = await this.#statements.prepare(statement, [], text);
      const fields = resultFields(prepared);
      if (fields !== null) channel.send(rowDescription(fields, []));
      const opened = openedOf(prepared);
      try {
        await this.#sender.execute(opened, Number.POSITIVE_INFINITY);
      } finally {
        if (opened.portal !== undefined) await this.#runner.close(opened.portal);
      }
    }
    await this.#ready();
  }
}

/** What no session goes on behind. */
const lastWords: ReadonlySet<string> = new Set([
  "gateway/sql-signed-out",
  "gateway/sql-protocol",
  "gateway/sql-message-too-large",
  "gateway/sql-client-stalled",
  "gateway/sql-stopping",
  "gateway/sql-idle",
]);

function openedOf(prepared: PreparedStatement): OpenPortal {
  const resultFormats = rowFormats(prepared, (columns) => Array.from({ length: columns }, () => 0 as const));
  if (prepared.kind !== "query") return { prepared, resultFormats };
  return { prepared, resultFormats, portal: new Portal(prepared.query, { values: [], formats: [], resultFormats }) };
}
