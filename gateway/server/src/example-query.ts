import { anonymous, type Decision } from "@thoth/access/decision";
import { columnAccess } from "@thoth/access/secure-select";
import type { ProductModel, RelationshipModel } from "@thoth/contract/product-model";
import { camelCase } from "@thoth/kernel/names";
import type { Decide } from "./server-settings.ts";

/** How many columns an example shows: enough to see what a product is about. */
const shownColumns = 6;

/** A query over a product that works when pasted: its first rows, or its description where rows may not be read. */
export function exampleQuery(model: ProductModel, decision: Decision): string {
  const fields = servedFields(model, decision);
  return fields.length === 0 ? describing(model) : `{\n${rows(model.fieldName, "first: 10", fields)}\n}\n`;
}

/** What GraphiQL opens with: every product, and rows of one domain with what another domain knows of them. */
export function openingQuery(models: readonly ProductModel[], decide: Decide): string {
  const fieldsOf = (model: ProductModel) => servedFields(model, decide(anonymous, model));
  const sample = crossDomainRows(models, fieldsOf) ?? firstRows(models, fieldsOf);
  const parts = sample === undefined ? [discovery] : [discovery, sample];
  return `# Ctrl-Enter runs the query.\n# Without a token you see public columns.\n# npx mesh token --as <you> prints one:\n# sign in with it on the start page.\nquery WhatIsThere {\n${parts.join("\n\n")}\n}\n`;
}

const discovery = `  # Every data product, and how fresh it is.
  dataProducts {
    id
    purpose
    freshness { verdict lagSeconds }
    snapshot { rowCount publishedAt }
  }`;

function describing({ id }: ProductModel): string {
  return `{\n  dataProduct(id: "${id}") {\n    purpose\n    columns { name description classification }\n  }\n}\n`;
}

type FieldsOf = (model: ProductModel) => readonly string[];

function firstRows(models: readonly ProductModel[], fieldsOf: FieldsOf): string | undefined {
  const model = models.find((candidate) => fieldsOf(candidate).length > 0);
  return model && rows(model.fieldName, "first: 5", fieldsOf(model));
}

function crossDomainRows(models: readonly ProductModel[], fieldsOf: FieldsOf): string | undefined {
  const links = models.flatMap((model) =>
    model.relationships.map((relationship) => ({ model, relationship, target: targetOf(relationship, models) })),
  );
  for (const { model, relationship, target } of links) {
    if (target === undefined || target.domain === model.domain) continue;
    const [own, theirs] = [fieldsOf(model), fieldsOf(target)];
    if (own.length === 0 || theirs.length === 0) continue;
    const related = `${relationship.fieldName} { ${theirs.slice(0, 3).join(" ")} }`;
    const filter = relationship.from.map((column) => `${camelCase(column)}: { isNull: false }`).join(", ");
    const sample = rows(model.fieldName, `first: 5, where: { ${filter} }`, [...own, related]);
    return `  # Rows of ${model.domain}, each with\n  # what ${target.domain} knows of it.\n${sample}`;
  }
  return undefined;
}

function targetOf({ to }: RelationshipModel, models: readonly ProductModel[]): ProductModel | undefined {
  return models.find(
    ({ domain, product, major }) => domain === to.domain && product === to.product && major === to.major,
  );
}

function rows(root: string, args: string, fields: readonly string[]): string {
  return `  ${root}(${args}) {\n    nodes {\n${fields.map((field) => `      ${field}`).join("\n")}\n    }\n  }`;
}

function servedFields({ columns }: ProductModel, decision: Decision): string[] {
  const isShown = (name: string) => ["clear", "masked"].includes(columnAccess(decision, name));
  const served = columns.filter(({ name }) => decision.readable && decision.grouping === null && isShown(name));
  return served.slice(0, shownColumns).map(({ name }) => camelCase(name));
}
