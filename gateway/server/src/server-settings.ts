import { decide } from "@thoth/access/decide";
import type { Decision, Principal } from "@thoth/access/decision";
import type { ProductModel } from "@thoth/contract/product-model";
import type { CostLimits } from "@thoth/subgraph/planned-execution";
import { defaultRates, type PortPolicy } from "@thoth/subgraph/port-policy";

/** What one request may cost the server, and how long a stop may take. */
export interface ServerLimits {
  /** Longest time from a request's arrival to its answer, milliseconds; what is not there by then is null with an error. */
  readonly requestTimeoutMs: number;
  /** Longest wait for a domain that another process serves, milliseconds. */
  readonly remoteTimeoutMs: number;
  /** Largest body of a request: query, variables and all. */
  readonly bodyLimitBytes: number;
  /** Largest answer of one request that is held in memory as one text, bytes: what the engine writes is not. */
  readonly answerBytes: number;
  /** Longest wait for answers in flight when the server stops, milliseconds. */
  readonly drainMs: number;
  /** Connections of HTTP that are open at a time; fewer where the process may not have twice as many files open. */
  readonly connections: number;
  /** Longest time for the head of a request to arrive, milliseconds. */
  readonly headersTimeoutMs: number;
  /** Longest time for all of a request to arrive, milliseconds. */
  readonly bodyTimeoutMs: number;
  /** Longest time in which a connection neither brings nor takes anything, milliseconds. */
  readonly idleTimeoutMs: number;
  /** Operations that one request may hold; 0 refuses lists of them. */
  readonly batch: number;
  /** Answers that go on, such as subscriptions, that one consumer may have open. */
  readonly streams: number;
  /** The same for all consumers together. */
  readonly allStreams: number;
}

const defaultLimits: ServerLimits = {
  requestTimeoutMs: 30_000,
  remoteTimeoutMs: 10_000,
  bodyLimitBytes: 1024 * 1024,
  answerBytes: 64 * 1024 * 1024,
  drainMs: 5_000,
  connections: 10_000,
  headersTimeoutMs: 10_000,
  bodyTimeoutMs: 30_000,
  idleTimeoutMs: 120_000,
  batch: 10,
  streams: 20,
  allStreams: 1_000,
};

const defaultPolicy: PortPolicy = {
  introspection: "everybody",
  origins: [],
  documents: new Map(),
  documentsOnly: false,
  rates: defaultRates,
  trustedProxies: 0,
};

/** What somebody may see of a product, for one purpose. */
export type Decide = (principal: Principal, product: ProductModel, purpose?: string) => Decision;

/** What a server may be given besides what it serves. */
export interface ServerSettings {
  readonly limits?: Partial<ServerLimits>;
  /** Decides by the contract's classifications when absent. */
  readonly decide?: Decide;
  /** False leaves every operation to the stitched executor: the same answers, more slowly. */
  readonly plans?: boolean;
  /** Memory for answers that are given again as long as their data and decisions are the same, bytes; 0 turns it off. */
  readonly cacheBytes?: number;
  /** What one operation may take, counted in values. */
  readonly costs?: Partial<CostLimits>;
  /** Who may ask how. */
  readonly policy?: Partial<PortPolicy>;
}

export interface CompleteSettings {
  readonly limits: ServerLimits;
  readonly decide: Decide;
  readonly plans: boolean;
  readonly cacheBytes: number;
  readonly costs: Partial<CostLimits>;
  readonly policy: PortPolicy;
}

const defaultCacheBytes = 128 * 1024 * 1024;

export function completeSettings(settings: ServerSettings): CompleteSettings {
  return {
    limits: { ...defaultLimits, ...settings.limits },
    decide: settings.decide ?? decide,
    plans: settings.plans ?? true,
    cacheBytes: settings.cacheBytes ?? defaultCacheBytes,
    costs: settings.costs ?? {},
    policy: { ...defaultPolicy, ...settings.policy },
  };
}
