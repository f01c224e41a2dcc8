import type { MeshError } from "@thoth/kernel/mesh-error";
import { kebabCase } from "@thoth/kernel/names";
import { parseEngineError } from "./engine-errors.ts";
import { warehouseError } from "./errors.ts";

const part = String.raw`("(?:[^"]|"")+"|[\w]+)`;
// Under both names by which the read side shows it.
const productName = new RegExp(String.raw`^${part}\s*\.\s*"?(?:product|finite)"?\s*\.\s*${part}`, "i");

/**
 * The engine knows products only as views, and says of one without a snapshot that the table does not exist. This tells
 * it as it is; undefined when the failure is another one.
 * @param catalogs SQL names of the domains that are served
 */
export function missingSnapshot(error: unknown, sql: string, catalogs: readonly string[]): MeshError | undefined {
  const { kind, message, position } = parseEngineError(error);
  if (kind !== "Catalog" || position === undefined || !message.startsWith("Table with name")) return undefined;
  const rest = Buffer.from(sql, "utf8").subarray(position).toString("utf8");
  const [, catalog, table] = productName.exec(rest)?.map(unquote) ?? [];
  if (catalog === undefined || table === undefined || !catalogs.includes(catalog)) return undefined;
  const params = { domain: kebabCase(catalog), product: kebabCase(table.replace(/_v\d+$/, "")) };
  return warehouseError["no-snapshot"](params, { cause: error });
}

function unquote(name: string): string {
  return (name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name).toLowerCase();
}
