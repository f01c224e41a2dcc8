import type { Agreement } from "@thoth/access/agreement";
import type { AccessPort } from "@thoth/access/agreements/access-port";
import { type AgreementState, stateOfAgreement } from "@thoth/access/agreements/agreement-state";
import { accessError } from "@thoth/access/errors";
import { isoMoment as iso } from "@thoth/access/iso-moment";
import { fieldPlace } from "@thoth/subgraph/operation";
import type { GraphQLResolveInfo } from "graphql";
import { defineAccessOffers } from "./access-offer-types.ts";
import { pageOfAgreements, pageSize } from "./agreement-page.ts";
import type { Catalog } from "./catalog.ts";
import type { DiscoveryBuilder } from "./discovery-types.ts";
import type { GatewayContext } from "./request-context.ts";

const stateNames: Readonly<Record<AgreementState, string>> = {
  requested: "REQUESTED",
  "to come": "TO_COME",
  "in force": "IN_FORCE",
  due: "DUE",
  over: "OVER",
  rejected: "REJECTED",
  revoked: "REVOKED",
};

/** Who may read what: a reader's own agreements, what waits for an approver, and asking, granting and ending. */
export function defineAccess(builder: DiscoveryBuilder, catalog: Catalog, port: AccessPort | undefined): void {
  defineAccessOffers(builder, port);
  const agreement = defineAgreement(builder, catalog);
  const open = () => {
    if (port === undefined) throw accessError["agreement-desk-closed"](undefined);
    return port;
  };
  builder.queryFields((t) => ({
    myAccess: t.field({
      type: [agreement],
      nullable: true,
      args: pageArguments(t),
      description:
        "Agreements that are for you, by name or by a role, and those that you asked for, the newest first. Needs a token.",
      resolve: (_root, page, context, info) => pageFor(open().mine(context.principal), page, { context, info }),
    }),
    accessRequests: t.field({
      type: [agreement],
      nullable: true,
      args: pageArguments(t),
      description: "What waits for your approval, the newest first. Needs a token of somebody who grants.",
      resolve: (_root, page, context, info) => pageFor(open().waitingFor(context.principal), page, { context, info }),
    }),
  }));
  const input = defineRequest(builder);
  const id = { required: true, description: "`ag_1f0c33aa90`" } as const;
  const reason = { required: true, description: "Why; it stays on the record." } as const;
  builder.mutationType({
    fields: (t) => ({
      requestAccess: t.field({
        type: agreement,
        nullable: true,
        description: "Ask to read what is not open to everybody, for a purpose and a time.",
        args: { request: t.arg({ type: input, required: true }) },
        resolve: (_root, { request }, { principal }) => open().request(principal, requestOf(request, principal.name)),
      }),
      grantAccess: t.field({
        type: agreement,
        nullable: true,
        description: "Grant what waits for your approval, or keep what was due to be looked at again.",
        args: { id: t.arg.id(id) },
        resolve: (_root, args, { principal }) => open().grant(principal, String(args.id)),
      }),
      rejectAccess: t.field({
        type: agreement,
        nullable: true,
        description: "Say no to what waits for your approval.",
        args: { id: t.arg.id(id), reason: t.arg.string(reason) },
        resolve: (_root, args, { principal }) => open().reject(principal, String(args.id), args.reason),
      }),
      revokeAccess: t.field({
        type: agreement,
        nullable: true,
        description: "End an agreement that you answer for, or give back one of your own. It counts within a second.",
        args: { id: t.arg.id(id), reason: t.arg.string(reason) },
        resolve: (_root, args, { principal }) => open().revoke(principal, String(args.id), args.reason),
      }),
    }),
  });
}

type QueryFields = Parameters<Parameters<DiscoveryBuilder["queryFields"]>[0]>[0];

function pageArguments(t: QueryFields) {
  const { usual, most } = pageSize;
  const after = "Id of the last one that you have: those behind it follow.";
  return {
    first: t.arg.int({ required: true, defaultValue: usual, description: `How many, ${most} at most.` }),
    after: t.arg.id({ description: after }),
  };
}

interface Page {
  readonly first: number;
  readonly after?: string | number | null | undefined;
}

function pageFor(
  all: readonly Agreement[],
  { first, after }: Page,
  { context, info }: { readonly context: GatewayContext; readonly info: GraphQLResolveInfo },
): Agreement[] {
  const { agreements, hasMore } = pageOfAgreements(all, { first, after: after == null ? undefined : String(after) });
  if (hasMore) context.onTruncated?.(fieldPlace(info));
  return [...agreements];
}

function defineAgreement(builder: DiscoveryBuilder, catalog: Catalog) {
  const state = builder.enumType("AccessState", {
    description: "Where an agreement stands. DUE: in force, and to be looked at again by who granted it.",
    values: Object.values(stateNames),
  });
  const scope = builder.objectRef<{ column: string; values: readonly string[] }>("AccessScope").implement({
    description: "Rows with other values in this column are not granted.",
    fields: (t) => ({
      column: t.exposeString("column"),
      values: t.stringList({ resolve: ({ values }) => [...values] }),
    }),
  });
  const approval = builder.objectRef<Agreement["approvals"][number]>("AccessApproval").implement({
    fields: (t) => ({
      by: t.exposeString("by"),
      level: t.exposeInt("level", { description: "1: the first person, 2: the second of two." }),
      at: t.field({ type: "DateTime", resolve: ({ at }) => iso(at) }),
    }),
  });
  const ending = builder.objectRef<NonNullable<Agreement["ended"]>>("AccessEnding").implement({
    fields: (t) => ({
      by: t.exposeString("by"),
      at: t.field({ type: "DateTime", resolve: ({ at }) => iso(at) }),
      reason: t.exposeString("reason"),
    }),
  });
  return builder.objectRef<Agreement>("AccessAgreement").implement({
    description: "Who may read what, for which purpose, until when.",
    fields: (t) => ({
      id: t.exposeID("id"),
      consumer: t.exposeString("consumer", {
        description: "`ada`, `service:grade-dashboard`, `role:learning-researcher`",
      }),
      productId: t.exposeString("product"),
      product: t.field({
        type: "DataProduct",
        nullable: true,
        resolve: ({ product }) => catalog.find(product) ?? null,
      }),
      major: t.exposeInt("major", { description: "Major version of the contract." }),
      purpose: t.exposeString("purpose"),
      role: t.exposeString("role", { description: "A role of the contract: its masks and row rules apply." }),
      columns: t.stringList({
        nullable: true,
        description: "Columns that are granted of those not open to everybody; null: all that the role shows.",
        resolve: ({ columns }) => (columns === null ? null : [...columns]),
      }),
      rows: t.field({
        type: [scope],
        resolve: ({ rows }) => Object.entries(rows).map(([column, values]) => ({ column, values })),
      }),
      from: t.field({ type: "DateTime", resolve: ({ from }) => iso(from) }),
      until: t.field({ type: "DateTime", resolve: ({ until }) => iso(until) }),
      reassessAt: t.field({
        type: "DateTime",
        nullable: true,
        resolve: ({ reassessAt }) => (reassessAt === null ? null : iso(reassessAt)),
      }),
      state: t.field({ type: state, resolve: (it, _args, { now }) => stateNames[stateOfAgreement(it, now)] }),
      requestedBy: t.exposeString("requestedBy"),
      requestedAt: t.field({ type: "DateTime", resolve: ({ requestedAt }) => iso(requestedAt) }),
      reason: t.exposeString("reason"),
      approvals: t.field({ type: [approval], resolve: ({ approvals }) => [...approvals] }),
      ended: t.field({ type: ending, nullable: true, resolve: ({ ended }) => ended ?? null }),
    }),
  });
}

function defineRequest(builder: DiscoveryBuilder) {
  const scope = builder.inputType("AccessScopeInput", {
    fields: (t) => ({ column: t.string({ required: true }), values: t.stringList({ required: true }) }),
  });
  return builder.inputType("AccessRequest", {
    fields: (t) => ({
      product: t.id({ required: true, description: "`ontrack-learning/student-progress`" }),
      major: t.int({ description: "The current one when absent." }),
      purpose: t.string({ required: true, description: "One of contracts/policies/purposes.yaml." }),
      role: t.string({ required: true, description: "A role of the product's contract." }),
      consumer: t.string({ description: "Who is to read; you when absent." }),
      columns: t.stringList({ description: "Only these of what the role shows." }),
      rows: t.field({ type: [scope], description: "Only rows with these values." }),
      from: t.field({ type: "DateTime", description: "Now when absent." }),
      until: t.field({ type: "DateTime", description: "As long as the purpose allows when absent." }),
      reason: t.string({ required: true, description: "Why, in a sentence or two; it stays on the record." }),
    }),
  });
}

interface AskedFor {
  readonly product: string | number;
  readonly major?: number | null | undefined;
  readonly purpose: string;
  readonly role: string;
  readonly consumer?: string | null | undefined;
  readonly columns?: readonly string[] | null | undefined;
  readonly rows?: readonly { readonly column: string; readonly values: readonly string[] }[] | null | undefined;
  readonly from?: string | null | undefined;
  readonly until?: string | null | undefined;
  readonly reason: string;
}

function requestOf({ product, major, consumer, columns, rows, from, until, ...words }: AskedFor, name: string) {
  return {
    purpose: words.purpose,
    role: words.role,
    reason: words.reason,
    product: String(product),
    consumer: consumer ?? name,
    columns: columns ?? null,
    rows: scopeOf(rows ?? []),
    ...(major != null && { major }),
    ...(from != null && { from: Date.parse(from) }),
    ...(until != null && { until: Date.parse(until) }),
  };
}

function scopeOf(rows: NonNullable<AskedFor["rows"]>): Record<string, readonly string[]> {
  const columns = rows.map(({ column }) => column);
  const twice = columns.find((column, index) => columns.indexOf(column) !== index);
  if (twice !== undefined) throw accessError["agreement-rows-twice"]({ column: twice });
  return Object.fromEntries(rows.map(({ column, values }) => [column, values]));
}
