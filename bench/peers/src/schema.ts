import DataLoader from "dataloader";
import { GraphQLScalarType } from "graphql";
import * as questions from "./questions.ts";
import type { Row, Tables } from "./tables.ts";

/** What of ours the bench asks for, as somebody would write it by hand: one part a domain. */
export interface SchemaPart {
  readonly typeDefs: string;
  // biome-ignore lint/suspicious/noExplicitAny: a resolver map has the shape of its schema
  readonly resolvers: Record<string, any>;
}

/** One for each request: what it has loaded is forgotten with it. */
export interface Loaders {
  readonly plan: DataLoader<number, Row | undefined>;
  readonly usage: DataLoader<number, Row | undefined>;
}

export function createLoaders(tables: Tables): Loaders {
  return {
    plan: new DataLoader((keys) => questions.plansByKeys(tables, keys)),
    usage: new DataLoader((keys) => questions.usageByKeys(tables, keys)),
  };
}

export const filters = `
  input IntFilter { eq: Int gte: Int in: [Int!] }
  input StringFilter { eq: String }
`;

export function accountsPart(tables: Tables): SchemaPart {
  return {
    typeDefs: `
      type Query {
        usersByKey(userId: Int!): User
        users(where: UserWhere, first: Int = 50): UserConnection
      }
      input UserWhere { userId: IntFilter }
      type UserConnection { nodes: [User!]! }
      type User { userId: Int! name: String email: String region: String planId: Int plan: Plan usage: UserUsage }
    `,
    resolvers: {
      Query: {
        usersByKey: (_: unknown, { userId }: { userId: number }) => questions.userByKey(tables, userId),
        users: async (_: unknown, { where, first }: { where?: { userId?: { gte?: number } }; first: number }) => ({
          nodes: await questions.usersFrom(tables, where?.userId?.gte ?? 0, first),
        }),
      },
    },
  };
}

export const billingPart: SchemaPart = {
  typeDefs: "type Plan { planId: Int! name: String price: Float }",
  resolvers: {},
};

export function activityPart(tables: Tables): SchemaPart {
  const groups =
    (table: "events" | "large_events") =>
    (_: unknown, { where }: { where?: questions.EventWhere }) =>
      questions.eventGroups(tables, table, where?.quantity?.gte ?? 0);
  return {
    typeDefs: `
      scalar DateTime
      type Query {
        events(where: EventWhere, first: Int = 50): EventConnection
        eventsAggregate(where: EventWhere, groupBy: [EventColumn!]): [EventAggregate!]
        largeEventsAggregate(where: EventWhere, groupBy: [EventColumn!]): [EventAggregate!]
      }
      input EventWhere { eventId: IntFilter category: StringFilter quantity: IntFilter }
      enum EventColumn { CATEGORY }
      type EventConnection { nodes: [Event!]! }
      type Event {
        eventId: Int! userId: Int category: String action: String device: String
        occurredAt: DateTime amount: Float quantity: Int ok: Boolean
      }
      type EventAggregate { group: EventGroup! count: Int sum: EventSum }
      type EventGroup { category: String }
      type EventSum { amount: Float quantity: Float }
      type UserUsage { userId: Int! totalUsage: Float events: Int lastSeen: DateTime }
    `,
    resolvers: {
      DateTime: dateTime,
      Query: {
        events: async (_: unknown, { where, first }: { where?: questions.EventWhere; first: number }) => ({
          nodes: await questions.events(tables, where ?? {}, first),
        }),
        eventsAggregate: groups("events"),
        largeEventsAggregate: groups("large_events"),
      },
    },
  };
}

const dateTime = new GraphQLScalarType({
  name: "DateTime",
  serialize: (value) => (value instanceof Date ? value.toISOString() : String(value)),
});
