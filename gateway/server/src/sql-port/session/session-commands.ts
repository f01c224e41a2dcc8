import { gatewayError } from "../../errors.ts";
import type { Channel } from "../channel.ts";
import { noticeResponse } from "../protocol/backend-message.ts";
import type { CursorDeclaration } from "./cursor-declaration.ts";
import type { OpenPortals } from "./open-portals.ts";
import { formatSearchPath } from "./search-path.ts";
import type { SessionCommand } from "./session-command.ts";
import type { SessionSettings } from "./session-settings.ts";
import type { SettingColumn } from "./setting-query.ts";
import type { StatementText } from "./sql-tokens.ts";
import type { Transaction } from "./transaction.ts";

export interface CommandParts {
  readonly channel: Channel;
  readonly settings: SessionSettings;
  readonly transaction: Transaction;
  readonly portals: OpenPortals;
  /** Forgets prepared statements; null for all. @throws MeshError `gateway/sql-unknown-statement` */
  readonly deallocate: (name: string | null) => void;
  /** Those that its reader sees now. */
  readonly schemas: () => Promise<readonly string[]>;
}

/** What a command is answered with. */
export interface CommandResult {
  readonly tag: string;
  readonly rows: readonly (readonly string[])[];
}

type PlainCommand = Exclude<SessionCommand, { readonly kind: "fetch" }>;

/** Carries out what statements say about their session. */
export class SessionCommands {
  readonly #parts: CommandParts;

  constructor(parts: CommandParts) {
    this.#parts = parts;
  }

  /** In a transaction that has failed only its end is carried out. @throws MeshError `gateway/sql-transaction-failed` */
  refuseInFailed({ tokens }: StatementText): void {
    if (this.#parts.transaction.status !== "E") return;
    const word = tokens[0]?.value ?? "";
    if (!["rollback", "abort", "commit", "end"].includes(word)) throw gatewayError["sql-transaction-failed"](undefined);
  }

  /** @throws MeshError `gateway/sql-no-transaction` */
  refuseWithoutTransaction({ isHeld }: CursorDeclaration): void {
    if (this.#parts.transaction.status === "I" && !isHeld)
      throw gatewayError["sql-no-transaction"]({ what: "DECLARE CURSOR without WITH HOLD" });
  }

  async run(command: PlainCommand): Promise<CommandResult> {
    const { settings, transaction, portals, deallocate } = this.#parts;
    switch (command.kind) {
      case "begin":
        return this.#begin(command.tag);
      case "commit":
      case "rollback":
        return done(await this.#end(command.kind, command.tag));
      case "savepoint":
        transaction.savepoint(command.name);
        settings.savepoint();
        return done("SAVEPOINT");
      case "release":
        settings.release(transaction.release(command.name));
        return done("RELEASE");
      case "rollback-to":
        settings.rollBackTo(transaction.rollBackTo(command.name));
        return done("ROLLBACK");
      case "set":
        settings.set(command.name, command.value, command.isLocal);
        return done(command.value === null ? "RESET" : "SET");
      case "settings":
        return { tag: "SELECT 1", rows: [await this.#settings(command.columns)] };
      case "reset-all":
        settings.resetAll();
        return done("RESET");
      case "show":
        return { tag: "SHOW", rows: await this.#show(command.name) };
      case "discard":
        if (command.what === "all") await this.#discardAll();
        return done(`DISCARD ${command.what.toUpperCase()}`);
      case "deallocate":
        deallocate(command.name);
        return done(command.name === null ? "DEALLOCATE ALL" : "DEALLOCATE");
      case "close-cursor":
        if (command.name === null) await portals.closeAll({ held: true });
        else {
          portals.get(command.name);
          await portals.close(command.name);
        }
        return done(command.name === null ? "CLOSE CURSOR ALL" : "CLOSE CURSOR");
      case "nothing":
        return done(command.tag);
      default:
        return command satisfies never;
    }
  }

  #begin(tag: string): CommandResult {
    const { settings, transaction } = this.#parts;
    if (transaction.begin()) settings.beginTransaction();
    else this.#warn("25001", "there is already a transaction in progress");
    return done(tag);
  }

  async #end(kind: SessionCommand["kind"], tag: string): Promise<string> {
    const { settings, transaction, portals } = this.#parts;
    if (transaction.status === "I") this.#warn("25P01", "there is no transaction in progress");
    const isCommitted = transaction.end() && kind === "commit";
    settings.endTransaction(isCommitted);
    await portals.closeAll({ held: false });
    return isCommitted ? tag : "ROLLBACK";
  }

  /** One behind another, as they stand. */
  async #settings(columns: readonly SettingColumn[]): Promise<string[]> {
    const { settings } = this.#parts;
    const values: string[] = [];
    for (const { setting, value, isLocal } of columns) {
      if (value !== undefined) settings.set(setting, value, isLocal);
      values.push(await this.#value(setting));
    }
    return values;
  }

  async #show(name: string): Promise<readonly string[][]> {
    const { settings } = this.#parts;
    if (name !== "all") return [[await this.#value(name)]];
    const path = await this.#value("search_path");
    return settings.list().map(([key, value, about]) => [key, key === "search_path" ? path : value, about]);
  }

  /** All schemas are searched by a client that has named none: which those are depends on what it sees. */
  async #value(name: string): Promise<string> {
    const { settings, schemas } = this.#parts;
    if (name.toLowerCase() === "search_path" && settings.searchPath === undefined)
      return formatSearchPath(await schemas());
    return settings.get(name);
  }

  async #discardAll(): Promise<void> {
    const { settings, transaction, portals, deallocate } = this.#parts;
    if (transaction.status !== "I")
      throw gatewayError["sql-unsupported"]({
        what: "DISCARD ALL inside of a transaction",
        instead: "Send COMMIT first.",
      });
    settings.resetAll();
    deallocate(null);
    await portals.closeAll({ held: true });
  }

  #warn(state: string, message: string): void {
    this.#parts.channel.send(noticeResponse({ S: "WARNING", V: "WARNING", C: state, M: message }));
  }
}

function done(tag: string): CommandResult {
  return { tag, rows: [] };
}
