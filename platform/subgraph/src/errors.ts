import { defineErrors } from "@thoth/kernel/mesh-error";
import { limits } from "./limits.ts";
import { valuesText } from "./values-text.ts";

export const subgraphError = defineErrors("subgraph", {
  "page-too-large": (p: { first: number }) => ({
    message: `first: ${p.first} is more than ${limits.maxFirst}`,
    hint: `Ask for first: ${limits.maxFirst} or less and go on with after: <pageInfo.endCursor>, or aggregate.`,
  }),
  "page-negative": (p: { first: number }) => ({
    message: `first: ${p.first} is less than zero`,
    hint: "Ask for first: 0 or more.",
  }),
  "relation-too-large": (p: { field: string; rows: number }) => ({
    message: `${p.field} yields more than ${p.rows} rows for its parents together`,
    hint: "Ask for fewer parents or a smaller first, or use the aggregate of the relation.",
  }),
  "too-costly": (p: { written: number; scanned: number; mostWritten: number; mostScanned: number }) => ({
    message:
      p.written > p.mostWritten
        ? `the answer could hold up to ${valuesText(p.written)} values, and ${valuesText(p.mostWritten)} are the most`
        : `answering means looking at ${valuesText(p.scanned)} values, and ${valuesText(p.mostScanned)} are the most`,
    hint:
      p.written > p.mostWritten
        ? "Ask for fewer rows (first, where), fewer fields, or page by page with after; lists inside of lists multiply."
        : "Ask for fewer columns or relations, or split the question.",
  }),
  "too-many-values": (p: { values: number }) => ({
    message: `a list of ${p.values} values is longer than ${limits.maxListValues}`,
    hint: `Split the list into requests of ${limits.maxListValues} values or less, or filter by a range.`,
  }),
  "where-too-deep": (_: { depth: number }) => ({
    message: `and, or and not are nested deeper than ${limits.maxWhereDepth} levels`,
    hint: "Flatten the filter: and: [a, b, c] needs one level, and so does in: [...].",
  }),
  "where-too-wide": (_: { predicates: number }) => ({
    message: `the filter has more than ${limits.maxPredicates} comparisons`,
    hint: "Replace many eq comparisons by one in: [...].",
  }),
  "null-operand": (p: { operator: string }) => ({
    message: `${p.operator} is null`,
    hint: "Write isNull: true to look for missing values, or leave the operator out.",
  }),
  "like-pattern": (p: { pattern: string }) => ({
    message: `the pattern ${JSON.stringify(p.pattern)} ends with a lone backslash`,
    hint: "A backslash makes the next character literal: write \\\\ for a backslash itself.",
  }),
  "value-out-of-range": (p: { value: string; type: string }) => ({
    message: `${p.value} is no ${p.type}`,
    hint: `Compare with a value that a ${p.type} column can hold.`,
  }),
  "order-one-column": (p: { columns: readonly string[] }) => ({
    message:
      p.columns.length === 0 ? "an entry of orderBy is empty" : `one entry of orderBy names ${p.columns.join(" and ")}`,
    hint: "Name one column per entry, most important first: orderBy: [{ period: DESC }, { code: ASC }].",
  }),
  "order-not-scalar": (p: { column: string }) => ({
    message: `rows cannot be ordered by ${p.column}, which holds lists or structures`,
    hint: "Order by a column that has one plain value a row.",
  }),
  "unknown-column": (p: { product: string; column: string; use: string; known: readonly string[] }) => ({
    message: `${p.use} names ${p.column}, which is no column of ${p.product}`,
    hint: `Its columns are ${p.known.join(", ")}.`,
  }),
  "order-not-grouped": (p: { name: string }) => ({
    message: `orderBy names ${p.name}, by which the rows are not grouped`,
    hint: "Order by a column of groupBy, by the bucket when one is given, or by a measure.",
  }),
  "cursor-invalid": (p: { reason: string }) => ({
    message: `the cursor cannot be read: ${p.reason}`,
    hint: "Pass pageInfo.endCursor or an edge's cursor unchanged, or leave after out to begin at the first row.",
  }),
  "cursor-other-order": (p: { field: string }) => ({
    message: `the cursor comes from another field or another orderBy than this ${p.field}`,
    hint: "Keep the same orderBy for all pages, or leave after out to begin at the first row.",
  }),
  "compare-needs-time": (_: { compareTo: string }) => ({
    message: "compareTo has no period to compare with",
    hint: 'Give a bucket, or bound one time column in where: { week: { withinLast: "P12W" } } or { gte, lt }.',
  }),
  "bucket-too-fine": (p: { column: string }) => ({
    message: `${p.column} is a date: it has no hours to make buckets of`,
    hint: "Use every: DAY or longer.",
  }),
  "unknown-enum-value": (p: { column: string; value: string }) => ({
    message: `${p.column} holds ${JSON.stringify(p.value)}, which its contract does not list`,
    hint: "Tell the product's owner: the contract's enum and the data disagree.",
  }),
  aborted: (p: { reason: string }) => ({
    message: `the request ended before the answer was ready: ${p.reason}`,
    hint: "Ask for less at once, or give the request more time.",
  }),
  unexpected: (p: { correlationId: string }) => ({
    message: `something went wrong on our side (${p.correlationId})`,
    hint: "Try again; if it stays, tell the operators this number: the cause is in their log.",
  }),
  "column-not-there": (p: { domain: string; column: string }) => ({
    message: `what is served has no column ${p.column} yet: it was published before the contract had one`,
    hint: `mesh run ${p.domain} publishes it. Until then leave the column out; where you did not ask for it, the key or your access needs it.`,
  }),
  "context-missing": (p: { field: string }) => ({
    message: `${p.field} was executed without a context`,
    hint: "Pass contextValue: { engine, principal, purpose, decide, now, signal }, a fresh object per request.",
  }),
  "name-taken": (p: { name: string; first: string; second: string }) => ({
    message: `${p.second} and ${p.first} would both be called ${p.name} in GraphQL`,
    hint: "Rename one of them in its contract; for a relationship set the custom property graphqlField.",
  }),
  "unknown-product": (p: { product: string; relationship: string }) => ({
    message: `${p.relationship} refers to ${p.product}, which is not served`,
    hint: "Publish the contract of that product, or refer to a major version of it that is served.",
  }),
  "relationship-not-unique": (p: { relationship: string; columns: readonly string[] }) => ({
    message: `${p.relationship} refers to ${p.columns.join(", ")}, which does not identify a row`,
    hint: "Refer to the whole primary key; within one domain a column marked unique will do too.",
  }),
});
