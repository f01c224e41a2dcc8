const arrayMethods = new Set(Object.getOwnPropertyNames(Array.prototype));
const textMethods = new Set(Object.getOwnPropertyNames(String.prototype));
const printers = new Set(["toString", "toLocaleString", "toISOString", "toJSON", "toFixed", "toPrecision"]);

/**
 * A value that can stand for any parameter of an error and prints as its name: `<count>`. It is read like a text,
 * a number, a list of one or a record, whichever way the message treats it; what is read from it is one again.
 * @param call what it gives when it is called; itself when left out
 */
export function placeholder(name: string, call?: (...args: unknown[]) => unknown): unknown {
  const text = `<${name}>`;
  const self: unknown = new Proxy(call ?? (() => self), { get: (_, property) => propertyOf(property) });
  const propertyOf = (property: string | symbol): unknown => {
    if (property === Symbol.toPrimitive) return (hint: string) => (hint === "number" ? Number.NaN : text);
    if (property === Symbol.iterator) return () => [self].values();
    if (typeof property === "symbol") return undefined;
    if (printers.has(property)) return () => text;
    if (property === "length" || property === "size") return placeholder(`number of ${name}`);
    if (/^\d+$/.test(property)) return self;
    // Also a property of that name, such as `values` or `link`, for as long as nobody calls it.
    return placeholder(property, methodOf(property));
  };
  /** What both lists and texts have keeps the value as it is; the rest belongs to one of the two. */
  const methodOf = (property: string): ((...args: unknown[]) => unknown) | undefined => {
    const [ofArray, ofText] = [arrayMethods.has(property), textMethods.has(property)];
    if (ofArray && ofText) return () => (property === "includes" ? false : self);
    if (ofArray) return Reflect.get([self], property).bind([self]);
    return ofText ? Reflect.get(Object(text), property).bind(text) : undefined;
  };
  return self;
}

/** A record whose every property is made by `make` from its name. */
export function placeholders(make: (name: string) => unknown): Record<string, unknown> {
  return new Proxy({}, { get: (_, property) => (typeof property === "symbol" ? undefined : make(property)) });
}
