import { createHash } from "node:crypto";
import type { SecuredTable } from "@thoth/access/secured-sql/secured-sql";
import { quoteIdentifier, quoteLiteral } from "@thoth/warehouse/sql-text";
import { ddlType } from "../values/postgres-type.ts";

/** The role that the tables belong to, and the one that asks until it is called like a principal. */
const ownerRole = "mesh";
export const firstReaderRole = "mesh reader";

/** What would run SQL out of a text, keep the engine waiting, or change the session behind our back. */
const refusedFunctions = [
  "set_config",
  "pg_sleep",
  "pg_sleep_for",
  "pg_sleep_until",
  "pg_terminate_backend",
  "pg_cancel_backend",
  "query_to_xml",
  "query_to_xmlschema",
  "query_to_xml_and_xmlschema",
  "cursor_to_xml",
  "cursor_to_xmlschema",
  "table_to_xml",
  "table_to_xmlschema",
  "table_to_xml_and_xmlschema",
  "schema_to_xml",
  "schema_to_xmlschema",
  "schema_to_xml_and_xmlschema",
  "database_to_xml",
  "database_to_xmlschema",
  "database_to_xml_and_xmlschema",
  "ts_stat",
  "ts_rewrite",
  "pg_advisory_lock",
  "pg_advisory_lock_shared",
  "pg_try_advisory_lock",
  "pg_try_advisory_lock_shared",
  "pg_notify",
];

/** SQL that makes a new database show these tables, which are empty, and nothing else. */
export function catalogDdl(tables: readonly SecuredTable[]): string {
  const schemas = schemasOf(tables);
  return [
    "update pg_database set datname = 'mesh' where datname = current_database()",
    "delete from pg_database where datname <> 'mesh'",
    "comment on database mesh is 'The data products of the mesh; each domain is a schema'",
    `create role ${quoteIdentifier(ownerRole)} nologin`,
    `create role ${quoteIdentifier(firstReaderRole)} login`,
    "revoke all on schema public from public",
    "drop schema public",
    "revoke temporary on database mesh from public",
    ...revokeFunctions(),
    ...schemas.flatMap((schema) => schemaDdl(schema, tables)),
    ...tables.flatMap(tableDdl),
    ...tables.flatMap((table) => foreignKeys(table, tables)),
    "",
  ].join(";\n");
}

function revokeFunctions(): string[] {
  const names = refusedFunctions.map(quoteLiteral).join(", ");
  return [
    `do $$ declare f record; begin
       for f in select oid::regprocedure as signature from pg_proc where proname in (${names}) loop
         execute format('revoke execute on function %s from public', f.signature);
       end loop; end $$`,
  ];
}

function schemaDdl(schema: string, tables: readonly SecuredTable[]): string[] {
  const name = quoteIdentifier(schema);
  const domain = tables.find((table) => table.schema === schema)?.model.domain ?? schema;
  return [
    `create schema ${name} authorization ${quoteIdentifier(ownerRole)}`,
    `grant usage on schema ${name} to public`,
    `comment on schema ${name} is ${quoteLiteral(`Products of the domain ${domain}`)}`,
  ];
}

function tableDdl(table: SecuredTable): string[] {
  const { columns, model } = table;
  const name = nameOf(table);
  const key = keyOf(table);
  const lines = columns.map(({ name: column, sqlType, required }) => {
    return `${quoteIdentifier(column)} ${ddlType(sqlType)}${required ? " not null" : ""}`;
  });
  const primary = key === undefined ? [] : [`primary key (${key.map(quoteIdentifier).join(", ")})`];
  return [
    `create table ${name} (${[...lines, ...primary].join(", ")})`,
    `alter table ${name} owner to ${quoteIdentifier(ownerRole)}`,
    // So that tools that list what may be read list it; that nothing is read here is seen to by the thread.
    `grant select on ${name} to public`,
    `comment on table ${name} is ${quoteLiteral(model.purpose || model.title)}`,
    ...columns
      .filter(({ description }) => description !== "")
      .map(
        (column) => `comment on column ${name}.${quoteIdentifier(column.name)} is ${quoteLiteral(column.description)}`,
      ),
  ];
}

function nameOf({ schema, table }: SecuredTable): string {
  return `${quoteIdentifier(schema)}.${quoteIdentifier(table)}`;
}

/** Undefined when the reader does not see all of it as it is. */
function keyOf({ columns, model }: SecuredTable): readonly string[] | undefined {
  const required = new Set(columns.filter((column) => column.required).map(({ name }) => name));
  return model.key.length > 0 && model.key.every((name) => required.has(name)) ? model.key : undefined;
}

function foreignKeys(table: SecuredTable, tables: readonly SecuredTable[]): string[] {
  return table.model.relationships.flatMap(({ from, to }) => {
    const target = tables.find(
      ({ model }) => model.domain === to.domain && model.product === to.product && model.major === to.major,
    );
    if (target === undefined || keyOf(target)?.join() !== to.columns.join()) return [];
    const fits = from.every((name, index) => typeOf(table, name) === typeOf(target, to.columns[index]));
    if (!fits || from.some((name) => typeOf(table, name) === undefined)) return [];
    const list = (names: readonly string[]) => names.map(quoteIdentifier).join(", ");
    return [
      `alter table ${nameOf(table)} add foreign key (${list(from)}) references ${nameOf(target)} (${list(to.columns)})`,
    ];
  });
}

function typeOf({ columns }: SecuredTable, name: string | undefined): string | undefined {
  const column = columns.find((one) => one.name === name);
  return column && ddlType(column.sqlType);
}

/** Equal for readers who see the same tables in the same way. */
export function fingerprintOf(ddl: string): string {
  return createHash("sha256").update(ddl).digest("base64");
}

const reservedRoles = /^(pg_.*|mesh|mesh reader|postgres|public|none|)$/i;
const longestName = 63;

/** A principal's name as the name of a role: Postgres keeps some for itself. */
export function roleOf(user: string): string {
  const name = user.replaceAll("\0", "");
  const free = reservedRoles.test(name) ? `user ${name}` : name;
  let short = free;
  while (Buffer.byteLength(short) > longestName) short = [...short].slice(0, -1).join("");
  return short;
}

/** Each once. */
export function schemasOf(tables: readonly SecuredTable[]): string[] {
  return [...new Set(tables.map(({ schema }) => schema))];
}
