import type { Place } from "@thoth/kernel/mesh-error";
import { gatewayError } from "../../errors.ts";
import type { SqlToken, StatementText } from "./sql-tokens.ts";

/** Goes through the tokens of one statement. */
export class TokenCursor {
  readonly #statement: StatementText;
  readonly #tokens: readonly SqlToken[];
  #at = 0;
  #hasSkippedZone = false;

  constructor(statement: StatementText) {
    this.#statement = statement;
    this.#tokens = statement.tokens;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#tokens.length;
  }

  /** Whether the setting was written as TIME ZONE, which needs no `=`. */
  get hasSkippedZone(): boolean {
    return this.#hasSkippedZone;
  }

  /** What has not been read yet. */
  get rest(): readonly SqlToken[] {
    return this.#tokens.slice(this.#at);
  }

  /** The next keyword or unquoted name, if it is one. */
  word(): string | undefined {
    const token = this.#tokens[this.#at];
    if (token?.kind !== "word") return undefined;
    this.#at += 1;
    return token.value;
  }

  /** @returns whether the next is one of these words, which then is passed over */
  skip(...words: readonly string[]): boolean {
    const token = this.#tokens[this.#at];
    if (token?.kind !== "word" || !words.includes(token.value)) return false;
    this.#at += 1;
    return true;
  }

  skipSymbol(symbol: string): boolean {
    const token = this.#tokens[this.#at];
    if (token?.kind !== "symbol" || token.value !== symbol) return false;
    this.#at += 1;
    return true;
  }

  skipAll(): void {
    this.#at = this.#tokens.length;
  }

  takeAll(): readonly SqlToken[] {
    const { rest } = this;
    this.skipAll();
    return rest;
  }

  take(): SqlToken | undefined {
    return this.#tokens[this.#at++];
  }

  /** One of these words. @throws MeshError `gateway/sql-syntax` */
  need(...words: readonly string[]): string {
    const token = this.#tokens[this.#at];
    if (token?.kind === "word" && words.includes(token.value)) {
      this.#at += 1;
      return token.value;
    }
    throw this.#unexpected(words.map((word) => word.toUpperCase()).join(" or "));
  }

  /** @throws MeshError `gateway/sql-syntax` */
  needAssignment(): void {
    if (!this.skip("to") && !this.skipSymbol("=")) throw this.#unexpected("TO or =");
  }

  /** @throws MeshError `gateway/sql-syntax` */
  name(what: string): string {
    const token = this.#tokens[this.#at];
    if (token?.kind !== "word" && token?.kind !== "name") throw this.#unexpected(`the name of a ${what}`);
    this.#at += 1;
    return token.value;
  }

  /** The same, which may also be written as a text or a number. @throws MeshError `gateway/sql-syntax` */
  text(what: string): string {
    const token = this.#tokens[this.#at];
    if (token?.kind !== "text" && token?.kind !== "number") return this.name(what);
    this.#at += 1;
    return token.value;
  }

  number(): number | undefined {
    const token = this.#tokens[this.#at];
    if (token?.kind !== "number" || !/^\d+$/.test(token.value)) return undefined;
    this.#at += 1;
    return Number(token.value);
  }

  /** The name of a setting, with a dot in it or in two words. @throws MeshError `gateway/sql-syntax` */
  setting(): string {
    let name = this.name("setting").toLowerCase();
    while (this.skipSymbol(".")) name += `.${this.name("setting").toLowerCase()}`;
    if (name === "time" && this.skip("zone")) {
      this.#hasSkippedZone = true;
      return "timezone";
    }
    if (name === "transaction" && this.skip("isolation")) {
      this.need("level");
      return "transaction_isolation";
    }
    return name === "session" && this.skip("authorization") ? "session_authorization" : name;
  }

  /** @throws MeshError `gateway/sql-syntax` when something is left */
  end(command: string): void {
    if (!this.isAtEnd) throw this.#unexpected(`the end of ${command}`);
  }

  #unexpected(expected: string): Error {
    const token = this.#tokens[this.#at];
    const found = token === undefined ? "the statement ends" : `there is ${JSON.stringify(token.value)}`;
    return gatewayError["sql-syntax"](
      { problem: `${expected} is expected where ${found}` },
      { at: this.#place(token) },
    );
  }

  /** Of a token in the statement, or of the statement's end. */
  #place(token: SqlToken | undefined): Place {
    const { text, offset } = this.#statement;
    const before = text.slice(0, token === undefined ? text.length : token.start - offset).split("\n");
    return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
  }
}
