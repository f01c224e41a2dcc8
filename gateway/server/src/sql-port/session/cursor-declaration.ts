import { gatewayError } from "../../errors.ts";
import type { StatementText } from "./sql-tokens.ts";
import { TokenCursor } from "./token-cursor.ts";

/** `DECLARE c CURSOR FOR SELECT …` */
export interface CursorDeclaration {
  readonly name: string;
  /** Whether it goes on behind the end of its transaction. */
  readonly isHeld: boolean;
  readonly query: StatementText;
}

const options = ["binary", "asensitive", "insensitive", "no", "scroll"];

/**
 * @returns undefined when it is none
 * @throws MeshError `gateway/sql-syntax`, `gateway/sql-unsupported`
 */
export function parseDeclaration(statement: StatementText): CursorDeclaration | undefined {
  const { text, offset } = statement;
  const cursor = new TokenCursor(statement);
  if (!cursor.skip("declare")) return undefined;
  const name = cursor.name("cursor");
  const chosen: string[] = [];
  while (!cursor.skip("cursor")) chosen.push(cursor.need(...options, "cursor"));
  if (chosen.includes("scroll") && !chosen.includes("no"))
    throw gatewayError["sql-unsupported"]({ what: "SCROLL", instead: "Cursors only go forward." });
  const isHeld = cursor.skip("with") ? cursor.need("hold") === "hold" : false;
  if (cursor.skip("without")) cursor.need("hold");
  cursor.need("for");
  const { rest } = cursor;
  const [first, last] = [rest[0], rest.at(-1)];
  if (first === undefined || last === undefined)
    throw gatewayError["sql-syntax"]({ problem: "DECLARE names no SELECT" });
  const query = { tokens: rest, text: text.slice(first.start - offset, last.end - offset), offset: first.start };
  return { name, isHeld, query };
}
