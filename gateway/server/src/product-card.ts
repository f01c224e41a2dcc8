import type { Decision } from "@thoth/access/decision";
import { seesEveryRow } from "@thoth/access/sees-every-row";
import { escapeHtml } from "@thoth/contract/export/escape-html";
import type { Freshness } from "@thoth/slo/freshness";
import { latencyPromise } from "@thoth/slo/promises";
import type { CatalogEntry } from "@thoth/subgraph/served-graph";
import type { Snapshot } from "@thoth/warehouse/snapshot";
import { versionFacts } from "./deprecation-catalog.ts";
import { exampleQuery } from "./example-query.ts";
import { spokenDuration, spokenMoment } from "./spoken-values.ts";

export interface ProductState {
  readonly snapshot: Snapshot | undefined;
  readonly freshness: Freshness;
  /** For whoever has no token: the reader of the page. */
  readonly decision: Decision;
  /** Whether a token is enough to read some of it. */
  readonly isForKnown: boolean;
  /** Whether there is a GraphiQL to ask in. */
  readonly isExplorable: boolean;
}

/** One product on the start page: what it is for, whether to trust it now, and a query to begin with. */
export function productCard(entry: CatalogEntry, state: ProductState): string {
  const { snapshot, freshness, decision, isForKnown } = state;
  const { model } = entry;
  const name = escapeHtml(model.product);
  const id = escapeHtml(`product-${model.domain}-${model.product}`);
  const promise = latencyPromise(model);
  const facts: (readonly [string, string])[] = [
    ...rowFacts(snapshot, decision),
    ["Version", escapeHtml(model.version)],
    ...versionFacts(entry),
    ["Promised", promise === undefined ? "no latency" : `within ${spokenDuration(promise)}`],
    ...(snapshot === undefined ? [] : [["Published", momentElement(snapshot.publishedAt)] as const]),
  ];
  return `<li><article aria-labelledby="${id}">
<h3 id="${id}">${name}</h3>
<p class="badges">${freshnessBadge(freshness)}${decision.readable ? "" : ` <span class="badge closed">${isForKnown ? "with a token" : "on request"}</span>`}</p>
<p class="purpose">${escapeHtml(model.purpose)}</p>
<dl>${facts.map(([term, value]) => `<div><dt>${term}</dt><dd>${value}</dd></div>`).join("")}</dl>
<p class="action">${[firstLink(entry, state), ...fileLinks(entry, decision)].join(" · ")}</p>
</article></li>`;
}

/** What a person can open at once; the others are for programs, and are listed where these come from. */
function fileLinks({ model }: CatalogEntry, { readable, grouping }: Decision): string[] {
  if (!readable || grouping !== null) return [];
  const link = (format: string) => {
    const address = escapeHtml(`/products/${model.id}.${format}`);
    return `<a href="${address}" aria-label="${escapeHtml(model.product)} as ${format.toUpperCase()}">${format.toUpperCase()}</a>`;
  };
  return ["csv", "json"].map(link);
}

function firstLink({ model }: CatalogEntry, { decision, isExplorable }: ProductState): string {
  const name = escapeHtml(model.product);
  if (!isExplorable) return `<a href="${escapeHtml(`/products/${model.id}`)}" aria-label="About ${name}">About it</a>`;
  const query = `/graphql?query=${encodeURIComponent(exampleQuery(model, decision))}`;
  const action = decision.readable ? "Query" : "Describe";
  return `<a href="${escapeHtml(query)}" aria-label="${action} ${name} in GraphiQL">${action} in GraphiQL</a>`;
}

function freshnessBadge(freshness: Freshness): string {
  return `<span class="badge ${freshness.kind}">${verdict(freshness)}</span>`;
}

function verdict(freshness: Freshness): string {
  if (freshness.kind === "never-loaded") return "not published yet";
  if (freshness.kind === "fresh") return `fresh, ${spokenDuration(freshness.lagMs)} behind`;
  return `stale by ${spokenDuration(freshness.overMs)}`;
}

function momentElement(moment: number): string {
  return `<time datetime="${new Date(moment).toISOString()}">${spokenMoment(moment)}</time>`;
}

function rowFacts(snapshot: ProductState["snapshot"], decision: Decision): (readonly [string, string])[] {
  if (snapshot === undefined) return [["Rows", "none yet"]];
  return seesEveryRow(decision) ? [["Rows", snapshot.rowCount.toLocaleString("en")]] : [];
}
