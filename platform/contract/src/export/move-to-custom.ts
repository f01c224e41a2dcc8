import type { CustomProperty } from "../generated/odcs.ts";

/** Told the path of something that has no place in the older version. */
export type Leave = (path: string) => void;

/** Custom properties to be added by name. */
export type Additions = Readonly<Record<string, unknown>>;

interface Customisable {
  readonly customProperties?: readonly CustomProperty[];
}

/** The element without the keys, which stand among its custom properties instead. */
export function moveToCustom<Element extends Customisable>(
  element: Element,
  keys: readonly (keyof Element & string)[],
  leave: Leave,
  additions: Additions = {},
): Omit<Element, "customProperties"> & { readonly customProperties?: readonly CustomProperty[] } {
  const { customProperties = [], ...kept } = element;
  const moved: CustomProperty[] = Object.entries(additions).map(([property, value]) => ({ property, value }));
  for (const key of keys) {
    if (element[key] !== undefined) moved.push({ property: key, value: element[key] });
    delete (kept as Partial<Element>)[key];
  }
  const all = [...customProperties.map((property) => withoutVendor(property, leave)), ...moved];
  return { ...kept, ...(all.length > 0 && { customProperties: all }) };
}

/** Since 3.2 a custom property may say whose it is. */
function withoutVendor({ vendor, ...property }: CustomProperty, leave: Leave): CustomProperty {
  if (vendor !== undefined) leave(`customProperties.${property.property}.vendor`);
  return property;
}
