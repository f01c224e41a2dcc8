import { rowJsonSchema } from "../json-schema.ts";
import { generateRowTypes } from "../row-types.ts";
import { dbtSource } from "./dbt.ts";
import { createTable } from "./ddl.ts";
import type { ExportFormat, SqlDialect } from "./export-format.ts";
import type { ExportSource } from "./export-source.ts";
import { productHtml } from "./html.ts";
import { productMarkdown } from "./markdown.ts";
import { odcs31Text } from "./odcs-3-1.ts";
import { odpsDescriptor } from "./odps.ts";
import { openSlo } from "./openslo.ts";
import { describePage } from "./product-page.ts";
import { yamlText } from "./yaml-text.ts";

/** Every format that a contract alone can be written as; GraphQL is made where the schema is. */
export type ContractExportFormat = Exclude<ExportFormat, "sdl">;

/** The same source gives the same text, byte for byte, so that a checked-in file can be told from a stale one. */
export async function exportText(
  source: ExportSource,
  format: ContractExportFormat,
  { dialect }: { readonly dialect: SqlDialect },
): Promise<string> {
  switch (format) {
    case "json-schema":
      return `${JSON.stringify(rowJsonSchema(source.model), null, 2)}\n`;
    case "ddl":
      return createTable(source.model, dialect);
    case "odps":
      return yamlText(odpsDescriptor(source));
    case "odcs-3.1":
      return odcs31Text(source.contract);
    case "openslo":
      return openSlo(source.model);
    case "markdown":
      return productMarkdown(describePage(source));
    case "html":
      return productHtml(describePage(source));
    case "dbt":
      return yamlText(dbtSource(source));
    case "types":
      return generateRowTypes(source.model);
    default:
      return format satisfies never;
  }
}
