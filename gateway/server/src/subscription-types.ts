import { seesEveryRow } from "@thoth/access/sees-every-row";
import type { FinishedRun } from "@thoth/subgraph/finished-run";
import type { Snapshot } from "@thoth/warehouse/snapshot";
import type { Catalog } from "./catalog.ts";
import type { DiscoveryBuilder } from "./discovery-types.ts";
import type { GatewayContext } from "./request-context.ts";
import { shownSnapshot } from "./shown-snapshot.ts";
import type { StreamContext } from "./subscription-plugin.ts";

/** What can be listened to: news about products and runs, never their rows. */
export function defineSubscriptions(builder: DiscoveryBuilder, catalog: Catalog): void {
  const published = definePublished(builder, catalog);
  const run = defineRun(builder, catalog);
  builder.subscriptionType({
    fields: (t) => ({
      productPublished: t.field({
        type: published,
        description: "A snapshot that is served from now on: of one product, or of every one that you may read.",
        args: { product: t.arg.id({ description: "`ontrack-learning/units`" }) },
        subscribe: (_root, { product }, context) =>
          streamsOf(context).published(product == null ? undefined : [String(product)]),
        resolve: (snapshot) => snapshot as Snapshot,
      }),
      dataChanged: t.idList({
        description:
          "Ids of the products whose data have changed, those of one moment together: time to ask again for what shows them.",
        args: { products: t.arg.idList({ description: "Only these; without them every product that you may read." }) },
        subscribe: (_root, { products }, context) => streamsOf(context).changed(products?.map(String)),
        resolve: (ids) => ids as string[],
      }),
      runFinished: t.field({
        type: run,
        description: "A run of a pipeline that has ended, of products and domains that you may read. Needs a token.",
        args: { domain: t.arg.string({ description: "`ontrack-learning`" }) },
        subscribe: (_root, { domain }, context) => streamsOf(context).finished(domain ?? undefined),
        resolve: (finished) => finished as FinishedRun,
      }),
    }),
  });
}

/** Only where subscriptions are answered is their root asked for. */
function streamsOf(context: object): StreamContext["streams"] {
  return (context as StreamContext).streams;
}

function definePublished(builder: DiscoveryBuilder, catalog: Catalog) {
  return builder.objectRef<Snapshot>("ProductPublished").implement({
    fields: (t) => ({
      product: t.field({
        type: "DataProduct",
        nullable: true,
        resolve: ({ domain, product }) => catalog.find(`${domain}/${product}`) ?? null,
      }),
      snapshot: t.field({
        type: "DataSnapshot",
        resolve: (snapshot, _args, context) => {
          const model = catalog.find(`${snapshot.domain}/${snapshot.product}`)?.model;
          return model === undefined
            ? { ...snapshot, rowCount: null, sizeBytes: null }
            : shownSnapshot(snapshot, context.decide(model));
        },
      }),
    }),
  });
}

function defineRun(builder: DiscoveryBuilder, catalog: Catalog) {
  // How many rows there are is for those who may read all of them.
  const counted = (run: FinishedRun, context: GatewayContext, count: number | null) => {
    const model = run.product === null ? undefined : catalog.find(`${run.domain}/${run.product}`)?.model;
    return model !== undefined && seesEveryRow(context.decide(model)) ? count : null;
  };
  const instant = (at: number | null) => (at === null ? null : new Date(at).toISOString());
  return builder.objectRef<FinishedRun>("FinishedRun").implement({
    description: "One run of the run ledger, after its end.",
    fields: (t) => ({
      id: t.exposeID("runId"),
      domain: t.exposeString("domain"),
      product: t.id({
        nullable: true,
        description: "Null for runs that serve several products.",
        resolve: ({ domain, product }) => (product === null ? null : `${domain}/${product}`),
      }),
      pipeline: t.exposeString("pipeline"),
      status: t.exposeString("status", { description: "`success`, `partial`, `failed`, `aborted` or `skipped`." }),
      failureClass: t.exposeString("failureClass", { nullable: true, description: "`source`, `schema`, `quality` …" }),
      startedAt: t.field({ type: "DateTime", nullable: true, resolve: ({ startedAt }) => instant(startedAt) }),
      completedAt: t.field({ type: "DateTime", nullable: true, resolve: ({ completedAt }) => instant(completedAt) }),
      rowsRead: t.field({
        type: "BigInt",
        nullable: true,
        resolve: (run, _args, context) => counted(run, context, run.rowsRead),
      }),
      rowsRejected: t.field({
        type: "BigInt",
        nullable: true,
        resolve: (run, _args, context) => counted(run, context, run.rowsRejected),
      }),
      rowCountAfter: t.field({
        type: "BigInt",
        nullable: true,
        resolve: (run, _args, context) => counted(run, context, run.rowCountAfter),
      }),
    }),
  });
}
