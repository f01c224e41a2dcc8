import type { ProductModel } from "@thoth/contract/product-model";
import { subjectOf } from "@thoth/contract/roles/subject";
import { quoteIdentifier } from "@thoth/warehouse/sql-text";

/** One state of a product. */
export interface ProductState {
  /** SQL of its table. */
  readonly table: string;
  readonly columns: ReadonlySet<string>;
}

/** Whether its rows are there because people agreed, so that an older state may hold some who do not any more. */
export function restsOnConsent({ columns, consent }: ProductModel): boolean {
  return consent.basis === "opt-in" && columns.some(({ personalData = "none" }) => personalData !== "none");
}

/**
 * SELECT of an older state without what people are not known to agree to now: who is not in the newest state is not in it
 * either, and consent is given only by whom every row of the newest state says so.
 * @returns undefined when the two states do not tell who is who
 */
export function presentPeople(
  model: ProductModel,
  { older, newest }: { readonly older: ProductState; readonly newest: ProductState },
): string | undefined {
  const subject = subjectOf(model.columns);
  const isInBoth = (name: string) => older.columns.has(name) && newest.columns.has(name);
  const people = columnsOfPeople(model).filter((name) => older.columns.has(name));
  if (subject === undefined || !isInBoth(subject) || !people.every(isInBoth)) return undefined;
  const known = people.map((name) => {
    const column = quoteIdentifier(name);
    const isThere = `${column} IN (SELECT ${column} FROM ${newest.table} WHERE ${column} IS NOT NULL)`;
    return name === subject ? isThere : `(${column} IS NULL OR ${isThere})`;
  });
  const consents = [...new Set(Object.values(model.consent.columns))].filter((name) => older.columns.has(name));
  const replaced = consents.map((name) => `${stillGiven(name, subject, newest)} AS ${quoteIdentifier(name)}`);
  const list = replaced.length === 0 ? "*" : `* REPLACE (${replaced.join(", ")})`;
  return `SELECT ${list} FROM ${older.table} WHERE ${known.join(" AND ")}`;
}

/** Those that stand for people, or where there are none those that name them: a name may change, and its person stays. */
function columnsOfPeople({ columns }: ProductModel): string[] {
  const are = (word: string) => columns.filter(({ personalData }) => personalData === word).map(({ name }) => name);
  const pseudonyms = are("pseudonym");
  return pseudonyms.length === 0 ? are("direct") : pseudonyms;
}

function stillGiven(name: string, subject: string, newest: ProductState): string {
  if (!newest.columns.has(name)) return "FALSE";
  const [consent, person] = [quoteIdentifier(name), quoteIdentifier(subject)];
  const agreeing = `SELECT ${person} FROM ${newest.table} WHERE ${person} IS NOT NULL GROUP BY ALL HAVING bool_and(${consent} IS TRUE)`;
  return `(${consent} IS TRUE AND ${person} IN (${agreeing}))`;
}
