import { gatewayError } from "../../errors.ts";

/** An array in any number of dimensions; the leaves are texts of its elements. */
export type ArrayValue = readonly (ArrayValue | string | null)[];

/** `{1,NULL,"a b"}`, `{{1,2},{3,4}}` @throws MeshError `gateway/sql-bad-value` */
export function parseArray(text: string): ArrayValue {
  const tokens = [...text.matchAll(/[{},]|"((?:[^"\\]|\\[\s\S])*)"|[^{},"]+/g)];
  let at = 0;
  const fail = (): never => {
    throw gatewayError["sql-bad-value"]({ what: "an array", reason: "it is not of the form {a,b}" });
  };
  const list = (): ArrayValue => {
    const items: (ArrayValue | string | null)[] = [];
    at += 1;
    if (tokens[at]?.[0] === "}") {
      at += 1;
      return items;
    }
    for (;;) {
      items.push(item());
      const next = tokens[at++]?.[0];
      if (next === "}") return items;
      if (next !== ",") fail();
    }
  };
  const item = () => {
    const token = tokens[at] ?? fail();
    if (token[0] === "{") return list();
    at += 1;
    if (token[1] !== undefined) return token[1].replace(/\\([\s\S])/g, "$1");
    if (/^[{},]$/.test(token[0])) fail();
    const word = token[0].trim();
    return word.toUpperCase() === "NULL" ? null : word;
  };
  if (tokens[0]?.[0] !== "{") fail();
  const value = list();
  return at === tokens.length ? value : fail();
}

export function writeArray(value: ArrayValue): string {
  const items = value.map((item) => {
    if (item === null) return "NULL";
    return typeof item === "string" ? `"${item.replace(/["\\]/g, "\\$&")}"` : writeArray(item);
  });
  return `{${items.join(",")}}`;
}

/** How long it is in each dimension, outermost first. @throws MeshError `gateway/sql-bad-value` when it has no such shape */
export function dimensionsOf(value: ArrayValue): number[] {
  const [first] = value;
  if (value.length === 0) return [];
  const inner = Array.isArray(first) ? dimensionsOf(first as ArrayValue) : [];
  for (const item of value) {
    const own = Array.isArray(item) ? dimensionsOf(item as ArrayValue) : [];
    if (own.join() !== inner.join())
      throw gatewayError["sql-bad-value"]({ what: "an array", reason: "its inner arrays are not equally long" });
  }
  return [value.length, ...inner];
}

export function leavesOf(value: ArrayValue): (string | null)[] {
  return value.flatMap((item) => (Array.isArray(item) ? leavesOf(item as ArrayValue) : [item as string | null]));
}
