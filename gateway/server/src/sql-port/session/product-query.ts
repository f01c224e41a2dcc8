import type { PrepareOptions, SecuredSql, SqlReader } from "@thoth/access/secured-sql/secured-sql";
import type { ValueFormat } from "../protocol/frontend-message.ts";
import { decodeText } from "../protocol/message-reader.ts";
import { parseArray } from "../values/array-value.ts";
import { readBinary } from "../values/binary-value.ts";
import { rowEncoder } from "../values/encode-rows.ts";
import { listText } from "../values/list-text.ts";
import { declaredType, fieldOf, oids, postgresType } from "../values/postgres-type.ts";
import type { Query } from "./query.ts";

interface ProductQueryParts extends Required<Pick<PrepareOptions, "onRefused">> {
  readonly securedSql: SecuredSql;
  readonly reader: SqlReader;
}

/**
 * A statement over products, which the reader's decisions have been built into.
 * @param types of its parameters as the client named them; 0 where it did not
 * @throws MeshError, as `SecuredSql.prepare`
 */
export async function prepareProductQuery(
  text: string,
  types: readonly number[],
  { securedSql, reader, onRefused }: ProductQueryParts,
): Promise<Query> {
  const statement = await securedSql.prepare(text, reader, { declared: types.map(declaredType), onRefused });
  const parameters = statement.parameters.map((engineType, index) => {
    const named = types[index] ?? 0;
    return named === 0 || named === oids.unknown ? postgresType(engineType).oid : named;
  });
  const fields = statement.columns.map(fieldOf);
  return {
    parameters,
    fields,
    reads: statement.reads,
    run: async function* (bound, signal) {
      const encode = rowEncoder(fields, bound.resultFormats);
      const texts = bound.values.map((value, index) => {
        const parameter = { value, format: bound.formats[index] ?? 0, oid: parameters[index] ?? 0 };
        return parameterText(parameter, statement.parameters[index] ?? "VARCHAR");
      });
      for await (const rows of statement.run(texts, { signal, claims: reader.claims })) yield encode(rows);
    },
  };
}

interface BoundParameter {
  readonly value: Buffer | null;
  readonly format: ValueFormat;
  readonly oid: number;
}

/** In the form that the engine reads: Postgres writes lists in braces, the engine in brackets. */
function parameterText({ value, format, oid }: BoundParameter, engineType: string): string | null {
  if (value === null) return null;
  const text = format === 1 ? readBinary(value, oid) : decodeText(value);
  return engineType.endsWith("]") && text.startsWith("{") ? listText(parseArray(text)) : text;
}
