import { gatewayError } from "../../errors.ts";
import type { Channel } from "../channel.ts";
import {
  bindComplete,
  closeComplete,
  noData,
  parameterDescription,
  parseComplete,
  type RowField,
  rowDescription,
} from "../protocol/backend-message.ts";
import { type BindMessage, type FrontendMessage, spreadFormats } from "../protocol/frontend-message.ts";
import type { OpenPortal, OpenPortals } from "./open-portals.ts";
import { Portal } from "./portal.ts";
import { type PreparedQuery, type PreparedStatement, resultFields, rowFormats } from "./prepared-statement.ts";
import type { PreparedStatements } from "./prepared-statements.ts";
import { sameFields } from "./query.ts";
import type { ResultSender } from "./result-sender.ts";
import { splitStatements } from "./sql-tokens.ts";
import type { StatementRunner } from "./statement-runner.ts";
import type { Transaction } from "./transaction.ts";

export interface ExtendedParts {
  readonly channel: Channel;
  readonly runner: StatementRunner;
  readonly statements: PreparedStatements;
  readonly portals: OpenPortals;
  readonly sender: ResultSender;
  readonly transaction: Transaction;
}

/** The messages of the extended protocol: a statement is prepared, gets values, and is carried out, one step at a time. */
export class ExtendedQuery {
  readonly #parts: ExtendedParts;
  /** Those that have been prepared and not carried out yet: together that is one request. */
  readonly #fresh = new WeakSet<PreparedStatement>();

  constructor(parts: ExtendedParts) {
    this.#parts = parts;
  }

  async parse({ name, text, types }: Extract<FrontendMessage, { kind: "parse" }>): Promise<void> {
    const { channel, statements, runner } = this.#parts;
    runner.takeRequest();
    const [statement, ...more] = splitStatements(text);
    if (more.length > 0) throw gatewayError["sql-many-statements"]({ count: more.length + 1 });
    await statements.add(name, text.length, async () => {
      const prepared = await statements.prepare(statement, types, text);
      this.#fresh.add(prepared);
      return prepared;
    });
    channel.send(parseComplete);
  }

  async bind(message: BindMessage): Promise<void> {
    const prepared = this.#parts.statements.get(message.statement);
    if (!this.#fresh.delete(prepared)) this.#parts.runner.takeRequest();
    if (prepared.kind !== "command" && this.#parts.transaction.status === "E")
      throw gatewayError["sql-transaction-failed"](undefined);
    const resultFormats = rowFormats(prepared, (columns) => spreadFormats(message.resultFormats, columns));
    const opened = { prepared, resultFormats };
    await this.#parts.portals.add(
      message.portal,
      prepared.kind === "query" ? { ...opened, portal: await this.#open(prepared, message, resultFormats) } : opened,
    );
    this.#parts.channel.send(bindComplete);
  }

  /** Under the decisions and settings of this moment, not of the one at which it was prepared. */
  async #open(prepared: PreparedQuery, { values, formats }: BindMessage, resultFormats: OpenPortal["resultFormats"]) {
    const { statement, types, query: before } = prepared;
    const query = await this.#parts.runner.prepare(statement, types);
    if (!sameFields(before.fields, query.fields)) throw gatewayError["sql-result-changed"](undefined);
    return new Portal(query, { values, formats: spreadFormats(formats, values.length), resultFormats });
  }

  describe({ what, name }: { readonly what: "statement" | "portal"; readonly name: string }): void {
    const { channel } = this.#parts;
    if (what === "portal") {
      const { prepared, portal, resultFormats } = this.#parts.portals.get(name);
      // A cursor that DECLARE has opened is a portal, too.
      const fields = prepared.kind === "empty" ? (portal?.query.fields ?? null) : resultFields(prepared);
      channel.send(describeResult(fields, resultFormats));
      return;
    }
    const prepared = this.#parts.statements.get(name);
    const parameters = prepared.kind === "query" ? prepared.query.parameters : [];
    channel.send(parameterDescription(parameters), describeResult(resultFields(prepared), []));
  }

  async execute({ portal, maxRows }: { readonly portal: string; readonly maxRows: number }): Promise<void> {
    const opened = this.#parts.portals.get(portal);
    await this.#parts.sender.execute(opened, maxRows === 0 ? Number.POSITIVE_INFINITY : maxRows);
  }

  async close({ what, name }: { readonly what: "statement" | "portal"; readonly name: string }): Promise<void> {
    const { channel, statements, portals } = this.#parts;
    if (what === "portal") await portals.close(name);
    else statements.close(name);
    channel.send(closeComplete);
  }
}

function describeResult(fields: readonly RowField[] | null, formats: OpenPortal["resultFormats"]): Buffer {
  return fields === null ? noData : rowDescription(fields, formats);
}
