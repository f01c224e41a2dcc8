import type { AuditTrail } from "@thoth/access/audit/audit-trail";
import { openWebhookStore } from "@thoth/control/webhook-store";
import type { ServerLog } from "@thoth/subgraph/served-graph";
import type { MeshAccess } from "../mesh-access.ts";
import type { OpenMesh } from "../open-mesh.ts";
import { openSecretSeal } from "./sealed-secret.ts";
import { openWebhookSender, type WebhookSender } from "./webhook-sender.ts";

export interface SendingParts {
  readonly access: MeshAccess;
  readonly audit: AuditTrail;
  readonly log: ServerLog;
}

const everyMs = 2_000;
/** Longest time in which a receiver takes a message, milliseconds. */
const timeoutMs = 10_000;

/** Tells webhooks of what is published, in the process that owns the home: it alone can read their secrets. */
export async function sendWebhooks(mesh: OpenMesh, { access, audit, log }: SendingParts): Promise<WebhookSender> {
  const { control, clock, domains, home } = mesh;
  const seal = await openSecretSeal(home.home);
  const models = domains.flatMap(({ loadedProducts }) => loadedProducts.map(({ model }) => model));
  return openWebhookSender({
    store: openWebhookStore(control, clock),
    modelOf: (product) => models.find(({ id }) => id === product),
    decide: access.decide,
    book: access.book,
    openSecret: (sealed) => seal.open(sealed),
    audit,
    clock,
    random: Math.random,
    timeoutMs,
    everyMs,
    log,
  });
}
