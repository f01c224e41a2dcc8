import type { SeenColumn } from "./connector.ts";
import { findValue, jsonTypeOf } from "./exact-json.ts";

/** More keys than this are rows of a map rather than columns, and none of them is news. */
const mostKeys = 1000;

/** In place of keys that may be values themselves, such as addresses or numbers of people. */
const otherKeys = "(a key that is no plain name)";

/**
 * The keys of JSON objects as they come by, each with the type of one value and where it was first seen; the values are
 * not kept. Of nested objects those are looked into that a declared column lies in.
 */
export class SeenKeys {
  /** Where objects lie, and which of their keys need no second look. */
  readonly #objects: ReadonlyMap<string, Set<string>>;
  readonly #found = new Map<string, SeenColumn>();

  /** @param paths of the declared columns: keys, or JSON pointers */
  constructor(paths: readonly string[]) {
    this.#objects = new Map(["", ...paths.flatMap(parentsOf)].map((path) => [path, new Set()]));
  }

  /** @param where a file or an address, in the reader's own terms */
  add(item: unknown, where: string): void {
    for (const [path, done] of this.#objects) {
      const object = findValue(item, path);
      if (typeof object !== "object" || object === null || Array.isArray(object)) continue;
      for (const key in object) if (!done.has(key) && this.#note(path, key, { object, where })) done.add(key);
    }
  }

  get columns(): readonly SeenColumn[] {
    return [...this.#found.values()];
  }

  /** @returns whether it is known for good */
  #note(path: string, key: string, { object, where }: { readonly object: object; readonly where: string }): boolean {
    const name = isPlainName(key) ? nameOf(path, key) : otherKeys;
    const known = this.#found.get(name);
    if (known?.type !== undefined || (known === undefined && this.#found.size >= mostKeys)) return false;
    const type = jsonTypeOf((object as Record<string, unknown>)[key]);
    this.#found.set(name, { name, where, ...known, ...(type !== "null" && { type }), sometimes: true });
    return type !== "null" && name !== otherKeys;
  }
}

function nameOf(path: string, key: string): string {
  return path === "" ? key : `${path}/${key}`;
}

function isPlainName(key: string): boolean {
  return /^[@$]?[A-Za-z_][\w:.-]{0,63}$/.test(key) && !/\d{5}/.test(key);
}

/** `/address/place/city` lies in `/address` and in `/address/place`. */
function parentsOf(path: string): string[] {
  if (!path.startsWith("/")) return [];
  const keys = path.split("/").slice(1, -1);
  return keys.map((_, index) => `/${keys.slice(0, index + 1).join("/")}`);
}
