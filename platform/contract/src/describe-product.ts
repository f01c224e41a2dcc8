import { fieldNameOf, majorOf, tableNameOf, typeNameOf } from "@thoth/kernel/major-names";
import { snakeCase } from "@thoth/kernel/names";
import { checkProduct } from "./check-product.ts";
import { schemaObjects } from "./contract-parts.ts";
import { describeColumns, keyColumns } from "./describe-columns.ts";
import { describePromises } from "./describe-promises.ts";
import { describeRules } from "./describe-rules.ts";
import type { DocumentPath } from "./finding.ts";
import type { ReadTarget } from "./follow-link.ts";
import { productDeprecation } from "./lifecycle/describe-deprecation.ts";
import { type ParsedContract, requireValid } from "./parse-contract.ts";
import { describePartialPublish } from "./partial-publish.ts";
import type { ProductModel } from "./product-model.ts";
import { resolveRelationships } from "./resolve-relationships.ts";
import { describeConsent, describeRoles } from "./roles/describe-roles.ts";

export interface DescribeOptions {
  /** The contract file, relative to the repository root. */
  readonly file: string;
  readonly readTarget: ReadTarget;
}

/**
 * A product as its contract describes it, with every name derived and every relationship followed.
 * @throws MeshError `contract/invalid` with all errors of the standard, of the house and of the relationships
 */
export function describeProduct(parsed: ParsedContract, { file, readTarget }: DescribeOptions): ProductModel {
  const { relationships, findings } = resolveRelationships(parsed, readTarget);
  const { contract, locate } = requireValid(parsed, [...checkProduct(parsed), ...findings]);
  const { domain = "", name = "", description = {} } = contract;
  const [object] = schemaObjects(contract);
  if (object === undefined) throw new Error(`${file} passed its checks without a schema object`);
  const deprecation = productDeprecation(contract, object.value);
  const lineOf = (path: DocumentPath) => locate(path).line;
  return {
    domain,
    product: name,
    id: `${domain}/${name}`,
    version: contract.version,
    status: contract.status ?? "active",
    title: object.value.businessName ?? titleOf(name),
    purpose: description.purpose?.trim() ?? "",
    limitations: description.limitations?.trim() ?? "",
    usage: description.usage?.trim() ?? "",
    tags: contract.tags ?? [],
    major: majorOf(contract.version),
    typeName: typeNameOf(object.value.name, contract.version),
    fieldName: fieldNameOf(name, contract.version),
    catalogName: snakeCase(domain),
    tableName: tableNameOf(name, contract.version),
    columns: describeColumns(object, contract, lineOf),
    key: keyColumns(object),
    relationships,
    promises: describePromises(contract),
    rules: describeRules(object, lineOf),
    roles: describeRoles(contract),
    consent: describeConsent(contract),
    ...describePartialPublish(contract),
    ...(deprecation && { deprecation }),
    file,
  };
}

/** `task-completion` → `Task completion` */
function titleOf(name: string): string {
  const words = name.replaceAll("-", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
