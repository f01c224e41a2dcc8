import { readFile } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { AccessCall } from "@thoth/access/agreements/access-call";
import { openAccessPort } from "@thoth/access/agreements/access-port";
import type { AuditTrail } from "@thoth/access/audit/audit-trail";
import type { UsageSink } from "@thoth/contract/impact/read-count";
import { describeRetiredMajors } from "@thoth/contract/lifecycle/previous-major";
import type { ProductModel, RelationshipTarget } from "@thoth/contract/product-model";
import { describePublished } from "@thoth/contract/published-contracts";
import { readGlossary } from "@thoth/contract/read-glossary";
import type { Domain, LoadedProduct } from "@thoth/pipeline/domain";
import type { MeshHome } from "@thoth/pipeline/mesh-home";
import { servedModels } from "@thoth/pipeline/previous-major";
import { buildSubgraph } from "@thoth/subgraph/build-subgraph";
import type { GraphExtension } from "@thoth/subgraph/graph-extension";
import type {
  CatalogEntry,
  GatewayOptions,
  PlacedSubgraph,
  ServerLog,
  ServerOptions,
} from "@thoth/subgraph/served-graph";
import type { Subgraph } from "@thoth/subgraph/subgraph";
import type { ReadSide } from "@thoth/warehouse/read-side";
import { accessRules } from "./access-rules.ts";
import type { Effects } from "./effects.ts";
import { cliError } from "./errors.ts";
import type { MeshAccess } from "./mesh-access.ts";
import { documentsById, readPersistedDocuments } from "./persisted-documents.ts";
import type { Settings } from "./settings.ts";

export interface GatewayParts {
  readonly settings: Settings;
  readonly effects: Effects;
  readonly home: MeshHome;
  readonly domains: readonly Domain[];
  readonly readSide: ReadSide;
  readonly log: ServerLog;
  readonly usage: UsageSink;
  readonly access: MeshAccess;
  /** Asks whoever keeps agreements. */
  readonly askAccess: (call: AccessCall) => Promise<unknown>;
  readonly audit?: AuditTrail;
}

/** Everything the gateway serves, from the domains' descriptors and contracts. */
export async function gatewayOptions(parts: GatewayParts): Promise<GatewayOptions> {
  const { settings, domains, readSide } = parts;
  const documents = await readPersistedDocuments(settings.graphql.documentsDir);
  return {
    ...serverOptions(parts),
    subgraphs: await placeSubgraphs(settings, domains),
    catalog: (await Promise.all(domains.map((domain) => catalogEntries(settings.root, domain)))).flat(),
    glossary: readGlossary(settings.root).map(({ title, definition }) => ({ name: title, definition })),
    snapshots: () => readSide.attached(),
    usage: parts.usage,
    access: openAccessPort({
      book: parts.access.book,
      rules: accessRules(settings.root, domains),
      ask: parts.askAccess,
    }),
    ...(parts.audit !== undefined && { audit: parts.audit }),
    ...(settings.cacheBytes !== undefined && { cacheBytes: settings.cacheBytes }),
    policy: { ...settings.graphql.policy, documents: documentsById(documents) },
  };
}

export function serverOptions({ settings, effects, readSide, log, access }: GatewayParts): ServerOptions {
  const { authenticate, decide } = access;
  return { engine: readSide, authenticate, decide, clock: effects.now, host: settings.host, port: settings.port, log };
}

/** @throws MeshError `cli/usage` when another process is said to serve a domain that does not exist */
export async function placeSubgraphs(settings: Settings, domains: readonly Domain[]): Promise<PlacedSubgraph[]> {
  const names = domains.map((domain) => domain.name);
  const stranger = Object.keys(settings.remotes).find((name) => !names.includes(name));
  if (stranger !== undefined) {
    const problem = `MESH_SUBGRAPHS names the domain ${stranger}; there is ${names.join(", ")}`;
    throw cliError.usage({ problem, command: "mesh serve" }, { at: { path: "MESH_SUBGRAPHS" } });
  }
  return Promise.all(
    domains.map(async (domain) => {
      const subgraph = await domainSubgraph(settings.root, domain, domains);
      const url = settings.remotes[domain.name];
      return url === undefined ? { subgraph } : { subgraph, url };
    }),
  );
}

/** A domain's subgraph, with stubs for the products of others that its contracts refer to. */
export async function domainSubgraph(root: string, domain: Domain, domains: readonly Domain[]): Promise<Subgraph> {
  const products = domain.loadedProducts.flatMap(servedModels);
  const foreign = await foreignModels(root, products, domains);
  return buildSubgraph({
    domain: domain.name,
    products,
    foreign,
    extensions: await graphExtensions(domain.loadedProducts),
  });
}

/** Products of other domains as they are here, and as they were last published where their domain is not. */
async function foreignModels(
  root: string,
  products: readonly ProductModel[],
  domains: readonly Domain[],
): Promise<ProductModel[]> {
  const targets = products.flatMap(({ domain, relationships }) =>
    relationships.filter(({ to }) => to.domain !== domain).map(({ to }) => to),
  );
  const here = domains.flatMap((domain) => domain.loadedProducts.flatMap(servedModels));
  const names = new Set(domains.map((domain) => domain.name));
  const isMissing = targets.some(({ domain }) => !names.has(domain));
  const elsewhere = isMissing ? await describePublished(root) : [];
  const known = [...here, ...elsewhere.filter(({ domain }) => !names.has(domain))];
  return known.filter((model) => targets.some((to) => isTarget(model, to)));
}

function isTarget({ domain, product, major }: ProductModel, to: RelationshipTarget): boolean {
  return domain === to.domain && product === to.product && major === to.major;
}

async function graphExtensions(products: readonly LoadedProduct[]): Promise<GraphExtension[]> {
  const files = products.flatMap(({ graphFile }) => (graphFile === undefined ? [] : [graphFile]));
  return Promise.all(
    files.map(async (file) => ((await import(pathToFileURL(file).href)) as { default: GraphExtension }).default),
  );
}

async function catalogEntries(root: string, domain: Domain): Promise<CatalogEntry[]> {
  return Promise.all(
    domain.loadedProducts.map(async ({ model, previous, inputPorts = [] }) => ({
      model,
      previous: previous.map((earlier) => earlier.model),
      retired: describeRetiredMajors(root, model),
      domainTitle: domain.title,
      owner: domain.owner,
      stewards: domain.stewards,
      inputPorts,
      contractText: await readFile(path.join(root, model.file), "utf8"),
    })),
  );
}
