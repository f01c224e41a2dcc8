import {
  type DocumentNode,
  type GraphQLInputType,
  type GraphQLObjectType,
  getOperationAST,
  Kind,
  type OperationDefinitionNode,
  typeFromAST,
  valueFromASTUntyped,
  visit,
} from "graphql";
import { findColumns, namesColumns } from "./usage-arguments.ts";
import type { ReadPart } from "./usage-meaning.ts";
import { type Reads, readsOf, type ServedUsage, type Variables } from "./usage-reads.ts";

export interface UsedOperation {
  readonly document: DocumentNode;
  readonly operationName?: string | null | undefined;
  /** As they came with the request. */
  readonly variableValues?: Variables | null | undefined;
}

/** Different sets of columns that one operation's variables may ask for, kept at a time. */
const mostVariants = 100;

/**
 * Finds out what operations read: once for a document that is parsed once, and once more for every other set of
 * columns that its variables name. Of variables, only those are looked at that can name columns or leave fields out.
 */
export class UsageDocuments {
  readonly #served: ServedUsage;
  readonly #documents = new WeakMap<DocumentNode, Map<string, DocumentUsage | undefined>>();

  constructor(served: ServedUsage) {
    this.#served = served;
  }

  readsOf({ document, operationName, variableValues }: UsedOperation): Reads {
    const operations = this.#documents.get(document) ?? new Map<string, DocumentUsage | undefined>();
    this.#documents.set(document, operations);
    const name = operationName ?? "";
    if (!operations.has(name)) operations.set(name, this.#describe(document, operationName));
    return operations.get(name)?.reads(variableValues ?? {}) ?? [];
  }

  #describe(document: DocumentNode, name: string | null | undefined): DocumentUsage | undefined {
    const operation = getOperationAST(document, name);
    const root = operation && this.#served.schema.getRootType(operation.operation);
    return operation && root ? new DocumentUsage(this.#served, document, { operation, root }) : undefined;
  }
}

interface TellingVariable {
  readonly name: string;
  /** Undefined: it only leaves fields out. */
  readonly type: GraphQLInputType | undefined;
}

class DocumentUsage {
  readonly #served: ServedUsage;
  readonly #document: DocumentNode;
  readonly #at: { readonly operation: OperationDefinitionNode; readonly root: GraphQLObjectType };
  readonly #telling: readonly TellingVariable[];
  readonly #defaults: Variables;
  readonly #variants = new Map<string, Reads>();

  constructor(
    served: ServedUsage,
    document: DocumentNode,
    at: { readonly operation: OperationDefinitionNode; readonly root: GraphQLObjectType },
  ) {
    this.#served = served;
    this.#document = document;
    this.#at = at;
    this.#telling = tellingVariables(served, document, at.operation);
    this.#defaults = defaultsOf(at.operation);
  }

  reads(given: Variables): Reads {
    const variant = this.#telling.length === 0 ? "" : this.#variantOf(given);
    const known = this.#variants.get(variant);
    if (known !== undefined) return known;
    const { operation, root } = this.#at;
    const from = { document: this.#document, root, selectionSet: operation.selectionSet };
    const reads = readsOf(this.#served, from, { ...this.#defaults, ...given });
    if (this.#variants.size >= mostVariants) this.#variants.clear();
    this.#variants.set(variant, reads);
    return reads;
  }

  /** The same for values that name the same columns and leave the same fields out. */
  #variantOf(given: Variables): string {
    return this.#telling.map((variable) => this.#told(variable, given)).join(";");
  }

  #told({ name, type }: TellingVariable, given: Variables): string {
    const value = Object.hasOwn(given, name) ? given[name] : this.#defaults[name];
    if (type === undefined) return String(value);
    const parts = new Set<ReadPart>();
    findColumns({ inputs: this.#served.meaning.inputs, found: (part) => parts.add(part) }, type, value);
    return Array.from(parts, ({ model, columns }) => `${model.typeName}.${columns[0]}`)
      .sort()
      .join();
  }
}

function tellingVariables(
  { schema, meaning }: ServedUsage,
  document: DocumentNode,
  { variableDefinitions = [] }: OperationDefinitionNode,
): TellingVariable[] {
  const conditions = conditionVariables(document);
  return variableDefinitions.flatMap(({ variable, type: node }): TellingVariable[] => {
    const name = variable.name.value;
    if (conditions.has(name)) return [{ name, type: undefined }];
    const type = typeFromAST(schema, node) as GraphQLInputType | undefined;
    return type !== undefined && namesColumns(meaning.inputs, type) ? [{ name, type }] : [];
  });
}

function conditionVariables(document: DocumentNode): ReadonlySet<string> {
  const names = new Set<string>();
  visit(document, {
    Directive({ arguments: given = [] }) {
      for (const { value } of given) if (value.kind === Kind.VARIABLE) names.add(value.name.value);
    },
  });
  return names;
}

function defaultsOf({ variableDefinitions = [] }: OperationDefinitionNode): Variables {
  return Object.fromEntries(
    variableDefinitions.flatMap(({ variable, defaultValue }) =>
      defaultValue === undefined ? [] : [[variable.name.value, valueFromASTUntyped(defaultValue)]],
    ),
  );
}
