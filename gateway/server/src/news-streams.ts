import type { AuditTrail } from "@thoth/access/audit/audit-trail";
import { anonymous, type Principal } from "@thoth/access/decision";
import { accessError } from "@thoth/access/errors";
import type { ProductModel } from "@thoth/contract/product-model";
import type { FinishedRun } from "@thoth/subgraph/finished-run";
import type { CatalogEntry } from "@thoth/subgraph/served-graph";
import type { Snapshot } from "@thoth/warehouse/snapshot";
import type { Catalog } from "./catalog.ts";
import { gatewayError } from "./errors.ts";
import { toGraphQLError } from "./graphql-error.ts";
import type { PublishFeed } from "./publish-feed.ts";
import type { GatewayContext } from "./request-context.ts";
import type { RunFeed } from "./run-feed.ts";
import { StreamInbox } from "./stream-inbox.ts";
import { awaken, type SessionOptions } from "./stream-session.ts";
import { ToldNews } from "./told-news.ts";

export interface NewsParts extends SessionOptions {
  readonly catalog: Catalog;
  readonly feed: PublishFeed;
  /** Undefined where the ledger of runs cannot be read. */
  readonly runs: RunFeed | undefined;
  readonly trail: AuditTrail | undefined;
}

/** Who subscribes. */
export interface NewsAsker {
  readonly request: Request;
  /** As it was when the request came. */
  readonly principal: Principal;
  /** Under which it is in the audit trail. */
  readonly requestId: string;
}

/** One thing to tell, and who is told it, as of now. */
export interface News {
  readonly value: unknown;
  readonly context: GatewayContext;
}

/**
 * News for one reader, for as long as its token is good. Only products that it may read at that very moment are told
 * of; a stream about named products ends with an error once one of them may not be read any more.
 */
export class NewsStreams {
  readonly #asker: NewsAsker;
  readonly #parts: NewsParts;

  constructor(asker: NewsAsker, parts: NewsParts) {
    this.#asker = asker;
    this.#parts = parts;
  }

  /** @param products ids; undefined is every product */
  async *published(products: readonly string[] | undefined): AsyncGenerator<News, void, void> {
    for await (const { snapshots, context } of this.#snapshots(products))
      for (const value of snapshots) yield { value, context };
  }

  async *changed(products: readonly string[] | undefined): AsyncGenerator<News, void, void> {
    for await (const { snapshots, context } of this.#snapshots(products))
      if (snapshots.length > 0) yield { value: snapshots.map(idOf), context };
  }

  /** @throws GraphQLError `gateway/token-required`, `gateway/no-runs` */
  async *finished(domain: string | undefined): AsyncGenerator<News, void, void> {
    const { runs } = this.#parts;
    if (runs === undefined) throw toGraphQLError(gatewayError["no-runs"](undefined), { status: 400 });
    refuseAnonymous(this.#asker);
    const inbox = new StreamInbox<FinishedRun>();
    // At once, and not only once the token has been verified again.
    const following = runs.follow((run) => inbox.put(run.runId, run));
    try {
      for await (const context of awaken(this.#asker.request, inbox, this.#parts)) {
        refuseAnonymous(context);
        await following;
        for (const run of inbox.take())
          if ((domain === undefined || run.domain === domain) && this.#mayKnow(run, context))
            yield { value: run, context };
      }
    } finally {
      (await following)[Symbol.dispose]();
    }
  }

  async *#snapshots(products: readonly string[] | undefined) {
    const { feed, catalog, trail, options } = this.#parts;
    const named = products?.map((id) => entryOf(catalog, id).model);
    using told = new ToldNews(trail, this.#asker.requestId, options.clock);
    const inbox = new StreamInbox<Snapshot>();
    using _ = feed.follow((snapshot) => inbox.put(idOf(snapshot), snapshot));
    for await (const context of awaken(this.#asker.request, inbox, this.#parts)) {
      for (const model of named ?? []) await refuseUnreadable(model, context, told);
      await told.begin(named ?? [], context);
      const models = named ?? readableIn(catalog, context);
      const known = new Map(models.map((model) => [model.id, model]));
      const snapshots = inbox.take().filter((snapshot) => known.has(idOf(snapshot)));
      await told.begin(
        snapshots.map((snapshot) => known.get(idOf(snapshot)) as ProductModel),
        context,
      );
      for (const snapshot of snapshots) told.count(idOf(snapshot));
      yield { snapshots, context };
    }
  }

  /** Of runs that serve several products, whoever may read one of the domain's. */
  #mayKnow({ domain, product }: FinishedRun, { decide }: GatewayContext): boolean {
    const concerned = this.#parts.catalog.search({ domain });
    return concerned.some(({ model }) => (product === null || model.product === product) && decide(model).readable);
  }
}

function idOf({ domain, product }: Pick<Snapshot, "domain" | "product">): string {
  return `${domain}/${product}`;
}

function entryOf(catalog: Catalog, id: string): CatalogEntry {
  const entry = catalog.find(id);
  if (entry === undefined)
    throw toGraphQLError(gatewayError["unknown-product"]({ product: id.slice(0, 100), major: undefined }), {
      status: 400,
    });
  return entry;
}

function readableIn(catalog: Catalog, { decide }: GatewayContext): ProductModel[] {
  return catalog.search({}).flatMap(({ model }) => (decide(model).readable ? [model] : []));
}

async function refuseUnreadable(model: ProductModel, context: GatewayContext, told: ToldNews): Promise<void> {
  const { readable, reasons, advice } = context.decide(model);
  if (readable) return;
  const refusal = accessError["product-denied"]({ product: model.id, reasons, advice });
  await told.refused(model, context, refusal.code);
  throw toGraphQLError(refusal);
}

function refuseAnonymous({ principal }: { readonly principal: Principal }): void {
  if (principal.name !== anonymous.name) return;
  throw toGraphQLError(gatewayError["token-required"](undefined), {
    status: 401,
    headers: { "www-authenticate": "Bearer" },
  });
}
