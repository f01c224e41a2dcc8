import { isMeshError } from "@thoth/kernel/mesh-error";
import type { PrepareOptions, RunOptions, SecuredSql, SecuredStatement, SqlReader } from "./secured-sql.ts";
import type { SecuredSqlLog } from "./shown-products.ts";

/**
 * Opens another engine when one has ended with an internal failure, which it does for all of its readers at once. The
 * statement that saw it fails; what is prepared after that runs on the new one.
 * @param open for the first time and each time after
 */
export async function openLastingSql(open: () => Promise<SecuredSql>, log: SecuredSqlLog): Promise<SecuredSql> {
  const lasting = new LastingSql(await open(), open, log);
  return {
    tables: (reader) => lasting.current.tables(reader),
    problems: () => lasting.current.problems(),
    prepare: (statement, reader, options) => lasting.prepare(statement, reader, options),
    [Symbol.asyncDispose]: () => lasting.close(),
  };
}

class LastingSql {
  current: SecuredSql;
  readonly #open: () => Promise<SecuredSql>;
  readonly #log: SecuredSqlLog;
  #opening: Promise<void> | undefined;
  #closed = false;

  constructor(first: SecuredSql, open: () => Promise<SecuredSql>, log: SecuredSqlLog) {
    this.current = first;
    this.#open = open;
    this.#log = log;
  }

  async prepare(text: string, reader: SqlReader, how?: PrepareOptions): Promise<SecuredStatement> {
    await this.#opening;
    const used = this.current;
    const statement = await this.#heeding(used, () => used.prepare(text, reader, how));
    const { columns, parameters, reads } = statement;
    return {
      columns,
      parameters,
      reads,
      run: (params, options) => this.#run(used, statement, { params, options }),
      rows: (params, options) => this.#heeding(used, () => statement.rows(params, options)),
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#opening;
    await this.current[Symbol.asyncDispose]();
  }

  async *#run(
    used: SecuredSql,
    statement: SecuredStatement,
    { params, options }: { readonly params: readonly (string | null)[]; readonly options: RunOptions },
  ) {
    try {
      yield* statement.run(params, options);
    } catch (failure) {
      this.#heed(used, failure);
      throw failure;
    }
  }

  async #heeding<T>(used: SecuredSql, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (failure) {
      this.#heed(used, failure);
      throw failure;
    }
  }

  #heed(used: SecuredSql, failure: unknown): void {
    const isBroken = isMeshError(failure) && failure.code === "warehouse/engine-broken";
    if (!isBroken || used !== this.current || this.#opening !== undefined || this.#closed) return;
    this.#log.error("the SQL engine has ended and is opened anew", { reason: failure.message });
    this.#opening = this.#reopen(used).finally(() => {
      this.#opening = undefined;
    });
  }

  /** When that fails too, the next statement that sees the old one broken tries again. */
  async #reopen(broken: SecuredSql): Promise<void> {
    try {
      this.current = await this.#open();
      // Readers of what it had made already are not waited for.
      void this.#release(broken);
    } catch (error) {
      this.#report(error);
    }
  }

  async #release(broken: SecuredSql): Promise<void> {
    try {
      await broken[Symbol.asyncDispose]();
    } catch (error) {
      this.#report(error);
    }
  }

  #report(error: unknown): void {
    this.#log.error("the SQL engine cannot be replaced", {
      reason: error instanceof Error ? error.message : String(error),
    });
  }
}
