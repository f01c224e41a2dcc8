import { editDistance } from "@thoth/kernel/edit-distance";

/** Words of other formats, and of version 2 of the standard, for things that are called otherwise here. */
const elsewhere: Readonly<Record<string, string>> = {
  bigint: "integer",
  columns: "properties",
  dataset: "schema",
  datatype: "logicalType",
  datetime: "timestamp",
  decimal: "number",
  double: "number",
  fields: "properties",
  float: "number",
  isnullable: "required",
  isprimarykey: "primaryKey",
  isunique: "unique",
  list: "array",
  nullable: "required",
  pii: "classification",
  sla: "slaProperties",
  stakeholders: "team",
  struct: "object",
  tables: "schema",
  text: "string",
  type: "logicalType",
  uuid: "id",
  varchar: "string",
};

/** The word a writer probably meant: its beginning, the same but for case, separators and slips, or another format's word for it. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const plain = fold(word);
  const translated = elsewhere[plain];
  if (translated !== undefined && known.includes(translated)) return translated;
  const begun = known.filter((candidate) => plain.length >= 3 && fold(candidate).startsWith(plain));
  if (begun.length === 1) return begun[0];
  const ranked = known
    .map((candidate) => ({ candidate, distance: slips(plain, fold(candidate)) }))
    .filter(({ candidate, distance }) => distance <= Math.max(1, Math.floor(candidate.length / 3)))
    .sort((a, b) => a.distance - b.distance);
  return ranked[0]?.candidate;
}

/**
 * The same for names of several parts, such as `ontrack-learning/units` and `learning-research`: also the only one of which
 * a writer has named one part, or a part with a slip.
 */
export function nearestName(word: string, known: readonly string[]): string | undefined {
  const whole = nearest(word, known);
  if (whole !== undefined) return whole;
  for (const separator of ["/", "-"]) {
    const found = known.filter(
      (name) => name.includes(separator) && nearest(word, name.split(separator)) !== undefined,
    );
    if (found.length > 0) return found.length === 1 ? found[0] : undefined;
  }
  return undefined;
}

/** `"a", "b" or "c"` */
export function oneOf(words: readonly string[]): string {
  const quoted = words.map((word) => `"${word}"`);
  const last = quoted.pop() ?? "";
  return quoted.length === 0 ? last : `${quoted.join(", ")} or ${last}`;
}

function fold(word: string): string {
  return word.toLowerCase().replace(/[-_\s]/g, "");
}

/** Words longer than 60 letters are nobody's slip. */
function slips(a: string, b: string): number {
  return a.length > 60 || b.length > 60 ? Number.POSITIVE_INFINITY : editDistance(a, b);
}
