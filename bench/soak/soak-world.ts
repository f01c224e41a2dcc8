import type { SmallProduct } from "@thoth/testing/small-contract";

export interface SoakSize {
  readonly entries: number;
  readonly items: number;
}

/**
 * Two domains. Every row of a snapshot carries the snapshot's number, and what else it says follows from that: an
 * answer that mixes two snapshots shows it.
 */
export function soakProducts(): SmallProduct[] {
  return [
    {
      id: "shop/entries",
      object: "entry",
      key: ["entry_id"],
      columns: {
        entry_id: "integer",
        item_id: "integer",
        kind: "string",
        amount: "number",
        entry_snapshot: "integer",
      },
      relations: { item: { to: "stock/items", from: ["item_id"] } },
    },
    {
      id: "stock/items",
      object: "item",
      key: ["item_id"],
      columns: { item_id: "integer", name: "string", item_snapshot: "integer" },
    },
  ];
}

export const soakProductIds = ["shop/entries", "stock/items"] as const;

export type SoakProduct = (typeof soakProductIds)[number];

/** The field that carries a product's snapshot number, wherever it stands in an answer. */
export const snapshotFields: Readonly<Record<SoakProduct, string>> = {
  "shop/entries": "entrySnapshot",
  "stock/items": "itemSnapshot",
};

/** @param number of the snapshot, 1 for the first */
export function soakRows(product: SoakProduct, number: number, { entries, items }: SoakSize): string {
  if (product === "stock/items")
    return `SELECT range AS item_id, 'item ' || range || ' of ' || ${number} AS name, ${number} AS item_snapshot FROM range(1, ${items} + 1)`;
  return `SELECT range AS entry_id, 1 + hash(range, ${number}) % ${items} AS item_id, 'kind ' || hash(range) % 40 AS kind,
    ${number} + (hash(range, ${number}) % 400) / 4.0 AS amount, ${number} AS entry_snapshot FROM range(1, ${entries} + 1)`;
}
