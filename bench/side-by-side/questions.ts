import type { WorldSize } from "./world.ts";

export type Variables = Readonly<Record<string, string | number | readonly number[]>>;

/** One question, asked in the words of each server. */
export interface Question {
  readonly name: string;
  readonly title: string;
  /** The key of the statement that the raw server runs. */
  readonly raw: string;
  readonly query: string;
  /** In PostGraphile's words; undefined when it would have to join databases. */
  readonly postgraphile: string | undefined;
  /** They are asked in turns, so that no two equal requests are in flight. */
  readonly variables: readonly Variables[];
}

const variants = 16;

export function worldQuestions(size: WorldSize): Question[] {
  return [
    byKey(size),
    filteredPage(),
    ...[50, 500, 5_000].map((rows) => crossDomainPage(rows, size)),
    groupBy("events", size.events),
    groupBy("largeEvents", size.largeEvents),
    exportOf(size),
    lookup(size),
  ];
}

function byKey({ users }: WorldSize): Question {
  const fields = "userId name email region planId";
  return {
    name: "by-key",
    title: "one row by its key",
    raw: "byKey",
    query: `query ($userId: Int!) { usersByKey(userId: $userId) { ${fields} } }`,
    postgraphile: `query ($userId: Int!) { usersByKey: userByUserId(userId: $userId) { ${fields} } }`,
    variables: vary((index) => ({ userId: 1 + Math.floor((index * users) / variants) })),
  };
}

function filteredPage(): Question {
  const fields = "eventId userId category action occurredAt amount";
  return {
    name: "page",
    title: "filtered page of 50 rows",
    raw: "page",
    query: `query ($category: String!, $quantity: Int!) {
      events(where: { category: { eq: $category }, quantity: { gte: $quantity } }, first: 50) { nodes { ${fields} } }
    }`,
    postgraphile: `query ($category: String!, $quantity: Int!) {
      events: allEvents(filter: { category: { equalTo: $category }, quantity: { greaterThanOrEqualTo: $quantity } }, first: 50) {
        nodes { ${fields} }
      }
    }`,
    variables: vary((index) => ({ category: `category ${10 + index}`, quantity: 3 })),
  };
}

function crossDomainPage(first: number, { users }: WorldSize): Question {
  return {
    name: `cross-domain-${first}`,
    title: `${count(first)} rows across three domains`,
    raw: "crossDomain",
    query: `query ($from: Int!, $first: Int!) {
      users(where: { userId: { gte: $from } }, first: $first) {
        nodes { userId name email region usage { totalUsage events lastSeen } plan { planId name price } }
      }
    }`,
    postgraphile: undefined,
    variables: vary((index) => ({ from: 1 + Math.floor((index * Math.max(0, users - first)) / variants), first })),
  };
}

function groupBy(table: "events" | "largeEvents", rows: number): Question {
  const fields = "group { category } count sum { amount quantity }";
  return {
    name: table === "events" ? "group-by" : "group-by-large",
    title: `group-by over ${shortCount(rows)} rows`,
    raw: `${table}Aggregate`,
    query: `query ($quantity: Int!) {
      ${table}Aggregate(where: { quantity: { gte: $quantity } }, groupBy: [CATEGORY]) { ${fields} }
    }`,
    postgraphile: `query ($quantity: Int!) { ${table}Aggregate: ${table}ByCategory(minQuantity: $quantity) { nodes { category count amount quantity } } }`,
    variables: vary((index) => ({ quantity: 1 + (index % 15) })),
  };
}

function exportOf({ events, exportRows }: WorldSize): Question {
  const fields = "eventId userId category action device occurredAt amount ok";
  return {
    name: "export",
    title: `export of ${count(exportRows)} rows`,
    raw: "export",
    query: `query ($from: Int!, $first: Int!) {
      events(where: { eventId: { gte: $from } }, first: $first) { nodes { ${fields} } }
    }`,
    postgraphile: `query ($from: Int!, $first: Int!) {
      events: allEvents(filter: { eventId: { greaterThanOrEqualTo: $from } }, first: $first) { nodes { ${fields} } }
    }`,
    variables: vary((index) => ({
      from: 1 + Math.floor((index * Math.max(0, events - exportRows)) / variants),
      first: exportRows,
    })),
  };
}

function lookup({ events }: WorldSize): Question {
  const fields = "eventId userId category amount";
  const keys = (index: number) =>
    Array.from({ length: 50 }, (_, place) => 1 + (((place * 7919 + index * 104_729) * 31) % events));
  return {
    name: "lookup",
    title: `50 rows of ${shortCount(events)} by their keys`,
    raw: "lookup",
    query: `query ($keys: [Int!]!) { events(where: { eventId: { in: $keys } }, first: 50) { nodes { ${fields} } } }`,
    postgraphile: `query ($keys: [Int!]!) { events: allEvents(filter: { eventId: { in: $keys } }, first: 50) { nodes { ${fields} } } }`,
    variables: vary((index) => ({ keys: keys(index) })),
  };
}

function vary(variablesOf: (index: number) => Variables): Variables[] {
  return Array.from({ length: variants }, (_, index) => variablesOf(index));
}

function count(rows: number): string {
  return rows.toLocaleString("en");
}

function shortCount(rows: number): string {
  return rows % 1_000_000 === 0 ? `${rows / 1_000_000} M` : `${rows / 1_000} k`;
}
