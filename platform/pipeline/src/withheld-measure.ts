import type { ProductModel } from "@thoth/contract/product-model";
import type { EngineFailure } from "@thoth/warehouse/engine-errors";
import type { Check } from "./check.ts";
import type { Measured } from "./rule-target.ts";

type Columns = Pick<ProductModel, "columns">;

/**
 * What may be told of a measurement. Only SQL of a team's own measures anything but a number, such as the largest value,
 * and whichever column its rule belongs to, it may read all of them: where one is confidential, nobody is told. Numbers
 * are: of rows, as a rule.
 */
export function withheldMeasure(measured: Measured, model: Columns): Measured {
  if (measured === null || typeof measured === "number") return measured;
  return hasConfidential(model) ? "(confidential)" : measured;
}

/**
 * What may be told of why nothing could be measured: the engine quotes values. Rows of another product, whose columns
 * nobody has looked at here, are read by our own statements.
 */
export function withheldReason({ kind, message }: EngineFailure, { measure }: Check, model: Columns): string {
  const mayQuote = !beforeRows.has(kind) && (measure.kind === "statement" || hasConfidential(model));
  const [reason = ""] = (mayQuote ? withoutValues(kind, message) : message).split("\n");
  return reason;
}

/** Of these the engine speaks before it has read a row: they hold names and what stands in the contract. */
const beforeRows: ReadonlySet<string> = new Set(["Parser", "Binder", "Catalog"]);

/** A value may hold quotes and lines itself. Only where a value cannot be converted it always stands between quotes. */
function withoutValues(kind: string, message: string): string {
  if (kind === "Conversion") return message.replace(/['"].*['"]/s, "(confidential)");
  return `${kind}; the engine's words are withheld, they may hold confidential values`;
}

function hasConfidential({ columns }: Columns): boolean {
  return columns.some(({ classification }) => classification !== "public" && classification !== "internal");
}
