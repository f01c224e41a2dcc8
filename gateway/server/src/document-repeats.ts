import { type DocumentNode, type FragmentDefinitionNode, Kind, print, type SelectionSetNode } from "graphql";

/** A field that is asked for under one name at one place, in ways that differ. */
export interface Repeat {
  readonly name: string;
  readonly times: number;
}

/**
 * The field that is repeated most often with different arguments. The standard compares each with each other, all of
 * them only to refuse them; so this looks first.
 */
export function worstRepeat(document: DocumentNode): Repeat {
  const definitions = document.definitions.filter((node) => node.kind === Kind.FRAGMENT_DEFINITION);
  const fragments = new Map(definitions.map((node) => [node.name.value, node]));
  let worst: Repeat = { name: "", times: 0 };
  for (const node of document.definitions) {
    if (node.kind !== Kind.OPERATION_DEFINITION) continue;
    const places = new Map<string, Place>();
    gather(node.selectionSet, { path: "", fragments, within: [], places });
    for (const { name, times, forms } of places.values())
      if (forms.size > 1 && times > worst.times) worst = { name, times };
  }
  return worst;
}

interface Place {
  readonly name: string;
  times: number;
  readonly forms: Set<string>;
}

interface Gathering {
  readonly path: string;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  /** Fragments that are being taken apart: one within itself is refused by the standard. */
  readonly within: readonly string[];
  readonly places: Map<string, Place>;
}

function gather({ selections }: SelectionSetNode, at: Gathering): void {
  for (const node of selections) {
    if (node.kind === Kind.FIELD) {
      const name = node.alias?.value ?? node.name.value;
      const path = `${at.path}.${name}`;
      const place = at.places.get(path) ?? { name, times: 0, forms: new Set() };
      at.places.set(path, place);
      place.times += 1;
      place.forms.add(`${node.name.value}(${(node.arguments ?? []).map(print).join()})`);
      if (node.selectionSet !== undefined) gather(node.selectionSet, { ...at, path });
    } else if (node.kind === Kind.INLINE_FRAGMENT) gather(node.selectionSet, at);
    else gatherFragment(node.name.value, at);
  }
}

function gatherFragment(name: string, at: Gathering): void {
  const fragment = at.fragments.get(name);
  if (fragment === undefined || at.within.includes(name)) return;
  gather(fragment.selectionSet, { ...at, within: [...at.within, name] });
}
