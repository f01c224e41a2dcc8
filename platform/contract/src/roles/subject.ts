import type { ColumnModel } from "../product-model.ts";

/** The column whose values are people: the one that stands for them, or else the one that names them. */
export function subjectOf(columns: readonly ColumnModel[]): string | undefined {
  const is = (word: string) => columns.find(({ personalData }) => personalData === word)?.name;
  return is("pseudonym") ?? is("direct");
}
