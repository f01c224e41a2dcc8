import type { ProductModel, PromiseModel } from "@thoth/contract/product-model";
import { describePublished } from "@thoth/contract/published-contracts";
import type { Source, StreamColumn } from "./connector.ts";

const promiseColumns: readonly StreamColumn[] = [
  { name: "domain", type: "VARCHAR" },
  { name: "product", type: "VARCHAR" },
  { name: "version", type: "VARCHAR" },
  { name: "property", type: "VARCHAR" },
  { name: "value", type: "VARCHAR" },
  { name: "unit", type: "VARCHAR" },
  { name: "duration_ms", type: "BIGINT" },
];

const productColumns: readonly StreamColumn[] = [
  { name: "domain", type: "VARCHAR" },
  { name: "product", type: "VARCHAR" },
  { name: "about_people", type: "BOOLEAN" },
];

/**
 * What the published contracts say of products: a row of `promises` for each entry of `slaProperties`, and a row of
 * `published_products` for each product, whether it has columns about people.
 */
export function publishedContracts(name: string): Source {
  return {
    name,
    kind: "contracts",
    description: "Service levels in the published data contracts, and which products are about people.",
    streams: [
      stream("promises", promiseColumns, (models) =>
        models.flatMap((model) => model.promises.map((promise) => promiseRow(model, promise))),
      ),
      stream("published_products", productColumns, productRows),
    ],
  };
}

type Row = readonly (string | number | boolean | null)[];

function stream(
  name: string,
  columns: readonly StreamColumn[],
  rowsOf: (models: readonly ProductModel[]) => readonly Row[],
): Source["streams"][number] {
  return {
    name,
    mode: "replace",
    columns,
    async *read({ root, checkpoint }) {
      const rows = rowsOf(await describePublished(root));
      const content = JSON.stringify(rows);
      if (content === checkpoint?.content) return;
      const data = { kind: "rows", source: "contracts/published", rows } as const;
      yield { data, replaces: "all", bytes: 0, checkpoint: { content } };
    },
  };
}

function productRows(models: readonly ProductModel[]): Row[] {
  return models.map(({ domain, product, columns }) => {
    const isAboutPeople = columns.some(({ personalData = "none" }) => personalData !== "none");
    return [domain, product, isAboutPeople];
  });
}

function promiseRow({ domain, product, version }: ProductModel, promise: PromiseModel): (string | number | null)[] {
  const { property, value, unit, durationMs } = promise;
  return [domain, product, version, property, String(value), unit ?? null, durationMs ?? null];
}
