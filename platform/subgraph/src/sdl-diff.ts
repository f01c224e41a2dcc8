import type { ChangeClass, Difference } from "@thoth/contract/diff/contract-diff";
import { diffContracts } from "@thoth/contract/diff/diff-contracts";
import type { DataContract } from "@thoth/contract/generated/odcs";
import type { ProductModel } from "@thoth/contract/product-model";
import { findSchemaChanges, type GraphQLSchema, getNamedType, isEnumType, isObjectType } from "graphql";
import { buildSubgraph } from "./build-subgraph.ts";
import { disagreements } from "./sdl-diff-agreement.ts";

/** A contract as it is served: its product, and those its relationships lead to. */
export interface ServedContract {
  readonly contract: DataContract;
  readonly model: ProductModel;
  readonly targets: readonly ProductModel[];
}

/** A change of the generated schema, as those notice it who send operations. */
export interface SdlChange {
  /** GraphQL's own word: `FIELD_REMOVED`. */
  readonly type: string;
  readonly class: "MAJOR" | "MINOR" | "PATCH";
  readonly dangerous: boolean;
  /** `Unit.code`, `UnitColumn.CODE`, `Unit` */
  readonly coordinate: string;
  readonly message: string;
}

/** What a contract's change does to the schema generated from it. */
export interface SdlDiff {
  readonly class: ChangeClass;
  readonly dangerous: boolean;
  /** The gravest first. */
  readonly changes: readonly SdlChange[];
  /** Rule `sdl-disagrees`: where the rules for contracts say otherwise. */
  readonly disagreements: readonly Difference[];
}

/**
 * Compares the schemas that two contracts make, and holds the rules for contracts against them. Both sides are described
 * under the names of one major version.
 * @throws MeshError as `contractSchema`
 */
export function diffSdl(before: ServedContract, after: ServedContract): SdlDiff {
  const [from, to] = [contractSchema(before), contractSchema(after)];
  const changes = diffSchemas(from, to);
  const { diffs } = diffContracts(before.contract, after.contract);
  return {
    class: changes[0]?.class ?? "NONE",
    dangerous: changes.some(({ dangerous: surprising }) => surprising),
    changes,
    disagreements: disagreements(diffs, changes, {
      before: { model: before.model, schema: from },
      after: { model: after.model, schema: to },
    }),
  };
}

/**
 * The schema that a contract alone makes: its product and, of the products it refers to, the key.
 * @throws MeshError `subgraph/name-taken`, `subgraph/unknown-product`, `subgraph/relationship-not-unique`
 */
function contractSchema({ model, targets }: Pick<ServedContract, "model" | "targets">): GraphQLSchema {
  return buildSubgraph({ domain: model.domain, products: [model], foreign: targets }).schema;
}

/** Changes from one schema to another, texts for people left out. The gravest first. */
export function diffSchemas(before: GraphQLSchema, after: GraphQLSchema): SdlChange[] {
  const answered = answeredEnums(before);
  const changes = findSchemaChanges(before, after).filter(({ type }) => type !== "DESCRIPTION_CHANGED");
  return changes
    .map(({ type, description }): SdlChange => {
      const coordinate = coordinateOf(description);
      return { type, ...weigh(type, coordinate, answered), coordinate, message: description };
    })
    .sort((a, b) => rank(b) - rank(a));
}

/** Only what clients are answered with can surprise them: what they may ask in addition, nobody has to. */
function weigh(
  type: string,
  coordinate: string,
  answered: ReadonlySet<string>,
): Pick<SdlChange, "class" | "dangerous"> {
  if (harmless.has(type)) return { class: "MINOR", dangerous: false };
  if (!dangerous.has(type)) return { class: "MAJOR", dangerous: false };
  const [owner = ""] = coordinate.split(".");
  const asked = type.startsWith("OPTIONAL_") || (type === "VALUE_ADDED_TO_ENUM" && !answered.has(owner));
  return { class: "MINOR", dangerous: !asked };
}

const harmless: ReadonlySet<string> = new Set([
  "TYPE_ADDED",
  "DIRECTIVE_ADDED",
  "FIELD_ADDED",
  "DIRECTIVE_REPEATABLE_ADDED",
  "DIRECTIVE_LOCATION_ADDED",
  "OPTIONAL_DIRECTIVE_ARG_ADDED",
  "FIELD_CHANGED_KIND_SAFE",
  "ARG_CHANGED_KIND_SAFE",
  "ARG_DEFAULT_VALUE_ADDED",
  "INPUT_FIELD_DEFAULT_VALUE_ADDED",
]);

const dangerous: ReadonlySet<string> = new Set([
  "VALUE_ADDED_TO_ENUM",
  "TYPE_ADDED_TO_UNION",
  "OPTIONAL_INPUT_FIELD_ADDED",
  "OPTIONAL_ARG_ADDED",
  "IMPLEMENTED_INTERFACE_ADDED",
  "ARG_DEFAULT_VALUE_CHANGE",
  "INPUT_FIELD_DEFAULT_VALUE_CHANGE",
]);

/** Enums whose values come in answers; the others are only written in questions. */
function answeredEnums(schema: GraphQLSchema): ReadonlySet<string> {
  const fields = Object.values(schema.getTypeMap())
    .filter((type) => isObjectType(type))
    .flatMap((type) => Object.values(type.getFields()));
  return new Set(
    fields
      .map(({ type }) => getNamedType(type))
      .filter(isEnumType)
      .map(({ name }) => name),
  );
}

/** GraphQL tells the place of a change in its sentence only: `Field Unit.code was removed.` */
function coordinateOf(description: string): string {
  const [member] = /\b\w+\.\w+(?:\(\w+:\))?/.exec(description) ?? [];
  return member ?? /^(?:Standard scalar )?(\w+)/.exec(description)?.[1] ?? "";
}

function rank({ class: changeClass, dangerous: surprising }: SdlChange): number {
  return ["PATCH", "MINOR", "MAJOR"].indexOf(changeClass) * 2 + Number(surprising);
}
