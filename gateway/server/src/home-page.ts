import { anonymous, type Principal } from "@thoth/access/decision";
import { escapeHtml } from "@thoth/contract/export/escape-html";
import type { Clock } from "@thoth/kernel/clock";
import type { PortPolicy } from "@thoth/subgraph/port-policy";
import type { CatalogEntry } from "@thoth/subgraph/served-graph";
import type { Catalog } from "./catalog.ts";
import { contentPolicy, inlineSource } from "./content-policy.ts";
import { homeStyle } from "./home-style.ts";
import { favicon, meshMark } from "./mesh-mark.ts";
import { productCard } from "./product-card.ts";
import type { Page } from "./served-paths.ts";
import type { Decide } from "./server-settings.ts";
import { signInForm, signInScript } from "./sign-in-form.ts";

export interface HomeOptions {
  readonly clock: Clock;
  readonly decide: Decide;
  /** Who may ask what; without GraphiQL the page offers none. */
  readonly policy: Pick<PortPolicy, "introspection" | "documentsOnly">;
}

/** The start page: what is served here, how fresh it is, and where to ask. One page, nothing to load. */
export function homePage(catalog: Catalog, { clock, decide, policy }: HomeOptions): Page {
  const signingIn = { "script-src": inlineSource(signInScript), "connect-src": "'self'" };
  const headers = {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": contentPolicy({
      "style-src": inlineSource(homeStyle),
      "img-src": "data:",
      ...(isExplorable(policy) && signingIn),
    }),
  };
  return async () => new Response(renderHome(catalog, { now: clock(), decide, policy }), { headers });
}

/** Who is known, and has been granted nothing. */
const somebody: Principal = { name: "somebody", kind: "person", roles: [], attributes: {} };

interface Moment extends Pick<HomeOptions, "decide" | "policy"> {
  /** Epoch ms. */
  readonly now: number;
}

function renderHome(catalog: Catalog, moment: Moment): string {
  const products = catalog.search({});
  const domains = [...Map.groupBy(products, ({ model }) => model.domain).values()];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Thoth Mesh</title>
<link rel="icon" href="${favicon}">
<style>${homeStyle}</style>
</head>
<body>
<a class="skip" href="#products">Skip to the data products</a>
<header>
<div class="wide">
<h1>${meshMark} Thoth Mesh</h1>
<p class="lead">Every domain owns its data products. This is the one door to all of them: one GraphQL query can ask several domains at once.</p>
${waysIn(moment.policy)}
${summary(catalog, products, moment.now)}
</div>
</header>
<main id="products" class="wide">
${domains.length === 0 ? nothingYet : domains.map((entries) => domainSection(catalog, entries, moment)).join("\n")}
</main>
<footer class="wide">
<p>Programs ask <code>POST /graphql</code>, take files from <a href="/products">/products</a>, listen at <code>/streams</code>, and speak SQL as to Postgres (<code>npx mesh up</code> says where) · state of the server: <a href="/healthz">/healthz</a>, <a href="/readyz">/readyz</a> · times are UTC</p>
</footer>
${isExplorable(moment.policy) ? `<script>${signInScript}</script>\n` : ""}</body>
</html>
`;
}

/** GraphiQL needs the schema, and sends what its reader writes. */
export function isExplorable({ introspection, documentsOnly }: HomeOptions["policy"]): boolean {
  return introspection !== "nobody" && !documentsOnly;
}

function waysIn(policy: HomeOptions["policy"]): string {
  const token =
    "<code>npx mesh token --as &lt;you&gt;</code> prints one for this mesh; <code>npx mesh access request</code> asks for what is kept back.";
  if (isExplorable(policy))
    return `<p><a class="button" href="/graphql">Open GraphiQL</a></p>
<p class="quiet">Without a token you see what is public. ${token} Sign in with it here, and GraphiQL asks with it; programs send it as <code>Authorization: Bearer …</code></p>
${signInForm}`;
  const what = policy.documentsOnly
    ? "This mesh answers only questions that it knows by name (<code>MESH_DOCUMENTS_ONLY</code>): send <code>documentId</code>, not a query of your own."
    : "This mesh tells its schema to nobody (<code>MESH_INTROSPECTION</code>), so there is no GraphiQL; programs ask as ever.";
  return `<p>${what} Products as files are at <a href="/products">/products</a>.</p>
<p class="quiet">Without a token you see what is public. ${token} It is sent as <code>Authorization: Bearer …</code></p>`;
}

const nothingYet =
  "<section><p>No domain has a data product yet. <code>npx mesh new domain</code> makes one.</p></section>";

function summary(catalog: Catalog, products: readonly CatalogEntry[], now: number): string {
  const kinds = products.map(({ model }) => catalog.freshness(model, now).kind);
  const count = (kind: (typeof kinds)[number]) => kinds.filter((each) => each === kind).length;
  const facts = [
    [products.length, "data products"],
    [new Set(products.map(({ model }) => model.domain)).size, "domains"],
    [count("fresh"), "fresh"],
    [count("stale"), "stale"],
    [count("never-loaded"), "not published"],
  ] as const;
  const shown = facts.filter(([value], index) => index < 3 || value > 0);
  return `<dl class="summary">${shown.map(([value, name]) => `<div><dt>${name}</dt><dd>${value}</dd></div>`).join("")}</dl>`;
}

function domainSection(catalog: Catalog, entries: readonly CatalogEntry[], { now, decide, policy }: Moment): string {
  const [first] = entries;
  if (first === undefined) return "";
  const { model, domainTitle, owner, stewards } = first;
  const id = escapeHtml(`domain-${model.domain}`);
  const answerable = stewards.length === 0 ? "" : `, stewarded by ${escapeHtml(stewards.join(", "))}`;
  const cards = entries.map((entry) =>
    productCard(entry, {
      snapshot: catalog.snapshot(entry.model),
      freshness: catalog.freshness(entry.model, now),
      decision: decide(anonymous, entry.model),
      isForKnown: decide(somebody, entry.model).readable,
      isExplorable: isExplorable(policy),
    }),
  );
  return `<section aria-labelledby="${id}">
<h2 id="${id}">${escapeHtml(domainTitle)}</h2>
<p class="quiet"><code>${escapeHtml(model.domain)}</code> · owned by ${escapeHtml(owner)}${answerable}</p>
<ul class="cards">
${cards.join("\n")}
</ul>
</section>`;
}
