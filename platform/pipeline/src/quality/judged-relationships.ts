import type { ProductModel, RelationshipModel } from "@thoth/contract/product-model";
import type { Snapshot } from "@thoth/warehouse/snapshot";
import { qualifiedName } from "@thoth/warehouse/sql-text";
import { stagedTable } from "../check.ts";
import { showsWithdrawn } from "../consent-states.ts";
import type { JobContext } from "../job-context.ts";
import { attachInputs, publishedTable } from "../published-inputs.ts";
import type { JudgedRelationship } from "./relationship-checks.ts";

export interface Relationships {
  readonly judged: readonly JudgedRelationship[];
  /** Nothing of their other side is published yet, or may be read, so nobody can say where they lead. */
  readonly open: readonly RelationshipModel[];
}

/** Makes the products that a product refers to readable, at what is current now; its own rows are those that are staged. */
export async function attachRelationships(model: ProductModel, context: JobContext): Promise<Relationships> {
  const judged: JudgedRelationship[] = [];
  const open: RelationshipModel[] = [];
  const current = model.relationships.length === 0 ? [] : await context.mesh.pointers.current();
  for (const relationship of model.relationships) {
    const table = await tableOf(relationship, model, current, context);
    if (table === undefined) open.push(relationship);
    else judged.push({ relationship, table });
  }
  return { judged, open };
}

async function tableOf(
  { to }: RelationshipModel,
  model: ProductModel,
  current: readonly Snapshot[],
  context: JobContext,
): Promise<string | undefined> {
  if (leadsToItself({ to }, model)) return stagedTable(model);
  const input = publishedTable(to, current, context.mesh);
  if (input === undefined || (await showsWithdrawn(context.mesh, input.snapshot))) return undefined;
  await attachInputs([input], context);
  return qualifiedName(input.catalog, "product", input.table);
}

/** Whether the other side are the product's own rows, of which the staged ones count. */
export function leadsToItself({ to }: Pick<RelationshipModel, "to">, own: ProductModel): boolean {
  return to.domain === own.domain && to.product === own.product && to.major === own.major;
}
