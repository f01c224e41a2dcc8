import { gatewayError } from "../../errors.ts";
import type { FailedText } from "./error-fields.ts";
import type { OpenPortals } from "./open-portals.ts";
import { type PreparedStatement, prepareStatement } from "./prepared-statement.ts";
import type { SessionCommands } from "./session-commands.ts";
import type { StatementText } from "./sql-tokens.ts";
import type { StatementRunner } from "./statement-runner.ts";

export interface PreparingParts {
  readonly runner: StatementRunner;
  readonly portals: OpenPortals;
  readonly commands: SessionCommands;
  /** How many with a name there may be. */
  readonly limit: number;
}

/** Of all statements of a session: what is understood of them takes many times as much memory. In UTF-16 code units. */
const mostText = 512 * 1024;

/** The statements that a session has prepared, by name, and what of their text an error would be about. */
export class PreparedStatements {
  readonly #parts: PreparingParts;
  readonly #byName = new Map<string, PreparedStatement>();
  readonly #lengths = new Map<string, number>();
  /** The statement that was understood last, as far as that went. */
  failed: FailedText | undefined;

  constructor(parts: PreparingParts) {
    this.#parts = parts;
  }

  /**
   * @param whole the text that the statement is a part of
   * @throws MeshError `gateway/sql-transaction-failed` and whatever is wrong with the statement
   */
  async prepare(
    statement: StatementText | undefined,
    types: readonly number[],
    whole: string,
  ): Promise<PreparedStatement> {
    const { runner, portals, commands } = this.#parts;
    this.failed = statement && { text: statement.text, whole, offset: statement.offset };
    if (statement !== undefined) commands.refuseInFailed(statement);
    return prepareStatement(statement, types, {
      prepare: (select, named) => {
        this.failed = { text: select.text, whole, offset: select.offset };
        return runner.prepare(select, named);
      },
      cursorFields: (name) => portals.get(name).portal?.query.fields ?? [],
    });
  }

  /**
   * The one without a name takes the place of the one before it.
   * @param length of its text
   * @throws MeshError `gateway/sql-statement-taken`, `gateway/sql-too-many-open`
   */
  async add(name: string, length: number, prepare: () => Promise<PreparedStatement>): Promise<void> {
    const { limit } = this.#parts;
    if (name !== "" && this.#byName.has(name)) throw gatewayError["sql-statement-taken"]({ name });
    const named = this.#byName.size - (this.#byName.has("") ? 1 : 0);
    if (name !== "" && named >= limit) throw gatewayError["sql-too-many-open"]({ kind: "prepared statements", limit });
    const own = name.length + length;
    const lengths = [...this.#lengths].reduce((sum, [other, each]) => (other === name ? sum : sum + each), own);
    if (lengths > mostText)
      throw gatewayError["sql-too-many-open"]({ kind: "characters of prepared statements", limit: mostText });
    this.#byName.set(name, await prepare());
    this.#lengths.set(name, own);
  }

  /** @throws MeshError `gateway/sql-unknown-statement` */
  get(name: string): PreparedStatement {
    const found = this.#byName.get(name);
    if (found === undefined) throw gatewayError["sql-unknown-statement"]({ name });
    return found;
  }

  /** @returns whether there was one */
  close(name: string): boolean {
    this.#lengths.delete(name);
    return this.#byName.delete(name);
  }

  /** Of all when the name is null. @throws MeshError `gateway/sql-unknown-statement` */
  deallocate(name: string | null): void {
    if (name === null) {
      this.#byName.clear();
      this.#lengths.clear();
    } else if (!this.close(name)) throw gatewayError["sql-unknown-statement"]({ name });
  }
}
