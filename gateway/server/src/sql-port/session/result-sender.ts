import type { Channel } from "../channel.ts";
import {
  commandComplete,
  copyDone,
  copyOutResponse,
  emptyQueryResponse,
  portalSuspended,
  type RowField,
} from "../protocol/backend-message.ts";
import type { ValueFormat } from "../protocol/frontend-message.ts";
import { cellsOf, type RowBatch, sliceRows } from "../protocol/row-batch.ts";
import { rowEncoder } from "../values/encode-rows.ts";
import { copyWriter } from "./copy-rows.ts";
import type { OpenPortal, OpenPortals } from "./open-portals.ts";
import { Portal } from "./portal.ts";
import type { PreparedQuery } from "./prepared-statement.ts";
import type { CommandResult, SessionCommands } from "./session-commands.ts";
import type { StatementRunner } from "./statement-runner.ts";

export interface SendingParts {
  readonly channel: Channel;
  readonly runner: StatementRunner;
  readonly portals: OpenPortals;
  readonly commands: SessionCommands;
}

/** Carries out what is bound, and sends what comes of it: rows, a copy, and the words that say that it is done. */
export class ResultSender {
  readonly #parts: SendingParts;

  constructor(parts: SendingParts) {
    this.#parts = parts;
  }

  /** @param most rows; Infinity for all */
  async execute(opened: OpenPortal, most: number): Promise<void> {
    const { channel, commands } = this.#parts;
    const { prepared, resultFormats, portal } = opened;
    if (prepared.kind === "empty") return channel.send(emptyQueryResponse);
    if (prepared.kind === "command") {
      const { command, fields } = prepared;
      if (command.kind === "fetch") return this.#fetch(command, resultFormats);
      return this.#sendRows(await commands.run(command), fields ?? [], resultFormats);
    }
    if (portal === undefined) throw new Error("a statement that reads was bound to nothing");
    if (prepared.cursor !== undefined) return this.#declare(prepared, portal);
    if (prepared.copy !== undefined) return this.#copy(prepared, portal);
    const rows = await this.#stream(portal, most);
    channel.send(portal.isDone || rows < most ? commandComplete(`SELECT ${rows}`) : portalSuspended);
  }

  #stream(portal: Portal, most: number): Promise<number> {
    const { channel, runner } = this.#parts;
    const send = (batch: RowBatch, from: number, to: number) =>
      channel.deliver(sliceRows(batch, from, to), portal.signal);
    return runner.fetch(portal, most, send);
  }

  async #declare({ cursor }: PreparedQuery, portal: Portal): Promise<void> {
    const { channel, portals, commands } = this.#parts;
    if (cursor === undefined) return;
    commands.refuseWithoutTransaction(cursor);
    // One of its own: that which carried the declaration ends with it.
    const declared = new Portal(portal.query, portal.bound);
    const prepared = { kind: "empty" } as const;
    await portals.add(cursor.name, { prepared, portal: declared, isHeld: cursor.isHeld, resultFormats: [] });
    channel.send(commandComplete("DECLARE CURSOR"));
  }

  async #fetch(
    { cursor, count, isMove }: { readonly cursor: string; readonly count: number; readonly isMove: boolean },
    formats: readonly ValueFormat[],
  ): Promise<void> {
    const { channel, portals, runner } = this.#parts;
    const { portal } = portals.get(cursor);
    if (portal === undefined) throw new Error("a cursor was opened without a statement");
    const encode = formats.includes(1) ? rowEncoder(portal.query.fields, formats) : undefined;
    const rows = await runner.fetch(portal, count, async (batch, from, to) => {
      if (isMove) return;
      const bytes = encode === undefined ? sliceRows(batch, from, to) : encode(textsOf(batch).slice(from, to)).bytes;
      await channel.deliver(bytes, portal.signal);
    });
    channel.send(commandComplete(`${isMove ? "MOVE" : "FETCH"} ${rows}`));
  }

  async #copy({ copy, query }: PreparedQuery, portal: Portal): Promise<void> {
    const { channel, runner } = this.#parts;
    if (copy === undefined) return;
    const { header, rowsOf, trailer } = copyWriter(copy, query.fields);
    channel.send(copyOutResponse(query.fields.length, copy.format === "binary" ? 1 : 0));
    if (header !== undefined) channel.send(header);
    const rows = await runner.fetch(portal, Number.POSITIVE_INFINITY, (batch) =>
      channel.deliver(rowsOf(batch), portal.signal),
    );
    const end = trailer();
    if (end !== undefined) channel.send(end);
    channel.send(copyDone, commandComplete(`COPY ${rows}`));
  }

  #sendRows({ tag, rows }: CommandResult, fields: readonly RowField[], formats: readonly ValueFormat[]): void {
    const { channel } = this.#parts;
    if (rows.length > 0) channel.send(rowEncoder(fields, formats)(rows).bytes);
    channel.send(commandComplete(tag));
  }
}

/** A cursor keeps its rows as text until it is known how they are wanted. */
function textsOf(batch: RowBatch): (string | null)[][] {
  return [...cellsOf(batch)].map((cells) => cells.map((cell) => cell?.toString("utf8") ?? null));
}
