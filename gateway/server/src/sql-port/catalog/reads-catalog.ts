import type { SecuredTable } from "@thoth/access/secured-sql/secured-sql";
import type { SqlToken, StatementText } from "../session/sql-tokens.ts";

/** Words that only statements about the catalog or the session use, beside those that begin with `pg_`. */
const catalogWords: ReadonlySet<string> = new Set([
  "col_description",
  "current_catalog",
  "current_database",
  "current_role",
  "current_schema",
  "current_schemas",
  "current_setting",
  "current_user",
  "format_type",
  "has_any_column_privilege",
  "has_column_privilege",
  "has_database_privilege",
  "has_schema_privilege",
  "has_table_privilege",
  "inet_client_addr",
  "inet_server_addr",
  "inet_server_port",
  "information_schema",
  "obj_description",
  "regclass",
  "regnamespace",
  "regproc",
  "regtype",
  "session_user",
  "set_config",
  "shobj_description",
  "to_regclass",
  "to_regtype",
  "txid_current",
  "version",
]);

const beginnings: ReadonlySet<string> = new Set(["select", "with", "values", "table"]);

/**
 * Whether a statement is for the catalog. It is a guess by the words, and nothing depends on its being right: the catalog
 * holds no data of products, and refuses whatever names their tables; the other side knows nothing but products.
 */
export function readsCatalog({ tokens }: StatementText, tables: () => readonly SecuredTable[]): boolean {
  const first = tokens.find(({ kind, value }) => kind !== "symbol" || value !== "(");
  if (first?.kind !== "word" || !beginnings.has(first.value)) return false;
  if (!mentionsCatalog({ tokens })) return false;
  const names = tables();
  return !tokens.some((_, index) => namesTable(tokens, index, names));
}

/** Whether there is a word among it that only the catalog knows. */
export function mentionsCatalog({ tokens }: Pick<StatementText, "tokens">): boolean {
  return tokens.some(isCatalogWord);
}

function isCatalogWord({ kind, value }: SqlToken): boolean {
  return (kind === "word" || kind === "name") && (value.startsWith("pg_") || catalogWords.has(value));
}

/** `from units`, `join units`, `ontrack_learning.units` */
function namesTable(tokens: readonly SqlToken[], index: number, tables: readonly SecuredTable[]): boolean {
  const found = tables.filter(({ table }) => isName(tokens[index]) && table === tokens[index]?.value);
  if (found.length === 0) return false;
  const before = tokens[index - 1];
  if (before?.kind === "word" && (before.value === "from" || before.value === "join")) return true;
  return (
    before?.value === "." &&
    isName(tokens[index - 2]) &&
    found.some(({ schema }) => schema === tokens[index - 2]?.value)
  );
}

function isName(token: SqlToken | undefined): boolean {
  return token?.kind === "word" || token?.kind === "name";
}
