import { randomUUID } from "node:crypto";
import type { AuditPort } from "@thoth/access/audit/audit-entry";
import { auditRefusal } from "@thoth/access/audit/audit-read";
import type { AuditTrail } from "@thoth/access/audit/audit-trail";
import { anonymous } from "@thoth/access/decision";
import type { GatewayOptions } from "@thoth/subgraph/served-graph";
import type { GraphQLSchema } from "graphql";
import type { Plugin } from "graphql-yoga";
import type { TellAgain } from "./answer-cache.ts";
import { auditOperations, OperationAudit, tellAgain } from "./audit-operations.ts";
import { trailOfPorts } from "./counted-trail.ts";
import type { GatewayContext } from "./request-context.ts";
import type { ServedVersions } from "./served-versions.ts";
import { UsageDocuments } from "./usage-document.ts";
import { describeUsage } from "./usage-meaning.ts";
import { openUsageRecorder, recordUses, type Use } from "./usage-recorder.ts";

/** Everything that is told of reads: the audit trail, and the counts of who uses what. */
export interface ToldReads {
  /** Counts an operation whose answer is given again. */
  readonly recordUse: (use: Use) => void;
  /** Writes it down. */
  readonly tell: TellAgain | undefined;
  /** Counts operations that are executed. */
  readonly counting: readonly Plugin<GatewayContext>[];
  /** Writes them down; behind whatever answers them. */
  readonly auditing: readonly Plugin<GatewayContext>[];
  /** For ports that are not GraphQL: what they write down counts as a use too. */
  readonly trail: AuditTrail | undefined;
}

type ToldParts = Pick<GatewayOptions, "usage" | "audit" | "auditPort" | "subgraphs" | "log">;

export function tellReads(
  { usage: sink, audit: trail, auditPort: port, subgraphs, log }: ToldParts,
  { schema, versions }: { readonly schema: GraphQLSchema; readonly versions: ServedVersions },
): ToldReads {
  const domains = subgraphs.map(({ subgraph }) => subgraph);
  const documents = new UsageDocuments({ schema, meaning: describeUsage(domains) });
  const usage = sink && openUsageRecorder({ schema, subgraphs: domains, sink, log, port, documents });
  const audit = trail && new OperationAudit({ trail, port, documents, versions });
  return {
    recordUse: (use) => usage?.recordUse(use),
    tell: audit && tellAgain(audit),
    counting: usage === undefined ? [] : [recordUses(usage)],
    auditing: audit === undefined ? [] : [auditOperations(audit)],
    trail: trailOfPorts(trail, usage),
  };
}

type Refused = Pick<GatewayOptions, "credentialRefused">;

/** Credentials that are not valid are written down before their senders hear of it. */
export function hearRefusals(
  { audit, auditPort, clock }: Pick<GatewayOptions, "audit" | "auditPort" | "clock">,
  port: AuditPort = auditPort ?? "graphql",
): Refused {
  if (audit === undefined) return {};
  const refusal = () => ({ port, principal: anonymous, requestId: randomUUID(), now: clock() });
  return { credentialRefused: (code) => auditRefusal(audit, { ...refusal(), code }) };
}
