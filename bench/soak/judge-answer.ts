import type { HttpAnswer } from "../servers/http-connection.ts";
import { type SoakProduct, snapshotFields, soakProductIds } from "./soak-world.ts";

/** Numbers of the snapshots: published before the question was asked, and at most under way when it was answered. */
export type SnapshotRange = Readonly<Record<SoakProduct, { readonly from: number; readonly to: number }>>;

export type Verdict =
  | { readonly kind: "answered" }
  /** The server was too busy and said when to come again. */
  | { readonly kind: "shed" }
  | { readonly kind: "failed"; readonly reason: string };

/** An answer is right when all that it says of a product is of one snapshot, and that one was current meanwhile. */
export function judgeAnswer({ status, body, retryAfter }: HttpAnswer, range: SnapshotRange): Verdict {
  if (status === 503 && retryAfter !== undefined) return { kind: "shed" };
  if (status === 503) return failed(`503 without Retry-After: ${body.slice(0, 300)}`);
  if (status !== 200 || body.includes('"errors":[')) return failed(`${status} ${body.slice(0, 500)}`);
  for (const product of soakProductIds) {
    const numbers = snapshotsIn(body, snapshotFields[product]);
    const { from, to } = range[product];
    if (numbers.size > 1) return failed(`${product}: snapshots ${[...numbers].join(" and ")} in one answer`);
    for (const number of numbers) {
      if (number < from) return failed(`${product}: snapshot ${number}, when ${from} had been published before`);
      if (number > to) return failed(`${product}: snapshot ${number}, which nobody has published`);
    }
  }
  return { kind: "answered" };
}

function snapshotsIn(body: string, field: string): ReadonlySet<number> {
  return new Set([...body.matchAll(new RegExp(`"${field}":(\\d+)`, "g"))].map(([, number]) => Number(number)));
}

function failed(reason: string): Verdict {
  return { kind: "failed", reason };
}
