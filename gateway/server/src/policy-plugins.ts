import type { AuditTrail } from "@thoth/access/audit/audit-trail";
import type { GatewayOptions } from "@thoth/subgraph/served-graph";
import type { GraphQLSchema } from "graphql";
import type { Plugin } from "graphql-yoga";
import type { Catalog } from "./catalog.ts";
import { limitDiscovery } from "./discovery-limit.ts";
import { guardSchema } from "./introspection-policy.ts";
import { answerLiveQueries } from "./live-queries.ts";
import { OpenStreams } from "./open-streams.ts";
import { namePersistedDocuments } from "./persisted-documents.ts";
import { PublishFeed } from "./publish-feed.ts";
import { limitRates } from "./rate-limit-plugin.ts";
import type { RateLimits } from "./rate-limits.ts";
import type { GatewayContext } from "./request-context.ts";
import { RunFeed } from "./run-feed.ts";
import type { CompleteSettings } from "./server-settings.ts";
import { PublishedHistory } from "./streams/published-history.ts";
import { serveStreams } from "./streams/serve-streams.ts";
import { answerSubscriptions } from "./subscription-plugin.ts";

export type PolicyOptions = Omit<GatewayOptions, keyof CompleteSettings> &
  CompleteSettings & { readonly stopping?: AbortSignal };

export interface PolicyParts {
  /** The gateway's own schema. */
  readonly own: GraphQLSchema;
  readonly catalog: Catalog;
  readonly limits: RateLimits;
  /** Where streams are written down. */
  readonly trail: AuditTrail | undefined;
}

/** Who may ask how, and answers that go on. What counts requests stands before whatever could refuse them. */
export function policyPlugins(options: PolicyOptions, parts: PolicyParts): Plugin<GatewayContext>[] {
  const { policy, snapshots, finishedRuns, access, log, stopping } = options;
  const streams = { feed: new PublishFeed(snapshots), open: new OpenStreams(options.limits), options, stopping };
  const runs = finishedRuns && new RunFeed(finishedRuns, log);
  return [
    limitRates(parts.limits, options),
    serveStreams({ ...streams, ...parts, history: new PublishedHistory(streams.feed, snapshots) }),
    answerSubscriptions({ ...streams, ...parts, runs }),
    answerLiveQueries({ ...streams, ...parts }),
    namePersistedDocuments(policy),
    guardSchema(policy.introspection, options),
    limitDiscovery({ ...parts, access }),
  ];
}
