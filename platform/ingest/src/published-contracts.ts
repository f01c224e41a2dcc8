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

/** What every product promises, read from the published contracts: one row for each entry of `slaProperties`. */
export function publishedContracts(name: string): Source {
  return {
    name,
    kind: "contracts",
    description: "The service levels in the published data contracts.",
    streams: [
      {
        name: "promises",
        mode: "replace",
        columns: promiseColumns,
        async *read({ root, checkpoint }) {
          const models = await describePublished(root);
          const rows = models.flatMap((model) => model.promises.map((promise) => promiseRow(model, promise)));
          const content = JSON.stringify(rows);
          if (content === checkpoint?.content) return;
          const data = { kind: "rows", source: "contracts/published", rows } as const;
          yield { data, replaces: "all", bytes: 0, checkpoint: { content } };
        },
      },
    ],
  };
}

function promiseRow({ domain, product, version }: ProductModel, promise: PromiseModel): (string | number | null)[] {
  const { property, value, unit, durationMs } = promise;
  return [domain, product, version, property, String(value), unit ?? null, durationMs ?? null];
}
