import type { ProductModel } from "@thoth/contract/product-model";

/** What a name in a FROM stands for. */
export type NamedVersion<Version> =
  | { readonly kind: "known"; readonly version: Version }
  /** @param searched why it was not found, when it was looked for by a name without a schema */
  | { readonly kind: "unknown"; readonly searched: SearchedSchemas | undefined }
  /** @param names with their schemas */
  | { readonly kind: "ambiguous"; readonly names: readonly string[] };

/** Schemas in which a table was looked for; all of them when the reader has named none. */
export type SearchedSchemas = readonly string[] | "all";

/**
 * The names of products' versions. Whether somebody may read a version makes no difference to which one a name means: a
 * statement must not come to read another table because an agreement begins or ends.
 */
export class ServedNames<Version extends { readonly model: ProductModel }> {
  readonly #byName = new Map<string, Version>();
  readonly #schemas: readonly string[];

  /** Of two versions with the same name the later one has it. */
  constructor(versions: readonly Version[]) {
    for (const version of versions) for (const name of namesOf(version.model)) this.#byName.set(name, version);
    this.#schemas = [...new Set(versions.map(({ model }) => model.catalogName.toLowerCase()))];
  }

  /**
   * @param words of the name, in lower case
   * @param searchPath schemas for a name without one: the first that has it; absent, all of them, of which one may have it
   */
  find(words: readonly string[], searchPath: readonly string[] | undefined): NamedVersion<Version> {
    const [table = "", ...more] = words;
    if (more.length > 0) return this.#known(words) ?? { kind: "unknown", searched: undefined };
    const schemas = searchPath ?? this.#schemas;
    const holding = schemas.filter((schema) => this.#byName.has(JSON.stringify([schema, table])));
    const [first, second] = holding;
    if (first === undefined) return { kind: "unknown", searched: searchPath ?? "all" };
    if (searchPath === undefined && second !== undefined)
      return { kind: "ambiguous", names: holding.map((schema) => `${schema}.${table}`) };
    return this.#known([first, table]) ?? { kind: "unknown", searched: undefined };
  }

  #known(words: readonly string[]): NamedVersion<Version> | undefined {
    const version = this.#byName.get(JSON.stringify(words));
    return version && { kind: "known", version };
  }
}

/** By which words a statement can name it; no text, as a quoted name may hold a dot. */
function namesOf({ catalogName, tableName }: ProductModel): string[] {
  const [schema, table] = [catalogName.toLowerCase(), tableName.toLowerCase()];
  const names = [
    [schema, table],
    ["mesh", schema, table],
    [schema, "product", table],
  ];
  return names.map((words) => JSON.stringify(words));
}
