import type { Rate } from "@thoth/kernel/token-bucket";

/** What operators say about the GraphQL port besides what it serves. */
export interface PortPolicy {
  /** Who may ask for the schema. Whoever may not is told no names that they have not written themselves. */
  readonly introspection: IntrospectionPolicy;
  /** Origins of other sites whose pages may ask: `https://app.example`. */
  readonly origins: readonly string[];
  /** Documents that are known by an id. */
  readonly documents: PersistedDocuments;
  /** Whether nothing but these documents is answered. */
  readonly documentsOnly: boolean;
  /** How much one consumer may ask; null is without end. */
  readonly rates: ConsumerRates | null;
  /** Proxies in front whose word on where a request comes from is taken. */
  readonly trustedProxies: number;
}

export type IntrospectionPolicy = "everybody" | "authenticated" | "nobody";

/** Id → text of the document. One text may have several ids. */
export type PersistedDocuments = ReadonlyMap<string, string>;

export interface ConsumerRates {
  /** Operations. */
  readonly requests: Rate;
  /** Values, as the planner estimates them: those in the answer, and a tenth of those that are looked at. */
  readonly values: Rate;
}

/** Far above what people and their dashboards do, and far below what would leave nothing for others. */
export const defaultRates: ConsumerRates = {
  requests: { perSecond: 500, burst: 5_000 },
  values: { perSecond: 50_000_000, burst: 1_000_000_000 },
};
