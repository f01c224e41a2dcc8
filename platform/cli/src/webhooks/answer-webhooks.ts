import { randomBytes } from "node:crypto";
import { openAccessBook } from "@thoth/access/access-book";
import type { AuditTrail } from "@thoth/access/audit/audit-trail";
import { decideFrom } from "@thoth/access/decide-from";
import { accessError } from "@thoth/access/errors";
import { readPurposes } from "@thoth/contract/read-purposes";
import type { ControlPlane } from "@thoth/control/open-control";
import { openWebhookStore, type Webhook } from "@thoth/control/webhook-store";
import type { Clock } from "@thoth/kernel/clock";
import { timeOrderedId } from "@thoth/kernel/ids";
import type { Domain } from "@thoth/pipeline/domain";
import { cliError } from "../errors.ts";
import { localActor } from "../local-person.ts";
import { openSecretSeal } from "./sealed-secret.ts";
import { consumerProblem, tellingOf } from "./told-consumer.ts";
import { parseWebhookUrl } from "./webhook-address.ts";
import type { NewWebhook, WebhookAnswer, WebhookCall } from "./webhook-call.ts";
import { newWebhookSecret } from "./webhook-signature.ts";

export interface WebhookDesk {
  readonly control: ControlPlane;
  readonly home: string;
  readonly root: string;
  readonly clock: Clock;
  readonly domains: () => Promise<readonly Domain[]>;
  readonly audit: Pick<AuditTrail, "recorded">;
}

/** @throws MeshError `cli/webhook-url`, `cli/webhook-consumer`, `cli/webhook-unknown`, `cli/unknown-product`,
 * `access/agreement-purpose-unknown` */
export async function answerWebhooks(call: WebhookCall, desk: WebhookDesk): Promise<WebhookAnswer> {
  const store = openWebhookStore(desk.control, desk.clock);
  switch (call.do) {
    case "add":
      return add(call.webhook, desk);
    case "list":
      return { did: "list", webhooks: await store.list() };
    case "remove":
      return remove(call, desk);
    case "retry": {
      const deliveries = await store.retry(call.id);
      if (deliveries === undefined) throw cliError["webhook-unknown"]({ id: call.id });
      return { did: "retry", deliveries };
    }
    default:
      return call satisfies never;
  }
}

async function add(asked: NewWebhook, desk: WebhookDesk): Promise<WebhookAnswer> {
  const { url, allowPrivate, purpose, consumer, createdBy } = asked;
  parseWebhookUrl(url, allowPrivate);
  const { domain, product } = await allowedProduct(asked, desk);
  const secret = newWebhookSecret();
  const id = `wh_${randomBytes(5).toString("hex")}`;
  const sealedSecret = (await openSecretSeal(desk.home)).seal(secret);
  const terms = { id, url, domain, product, purpose, consumer, allowPrivate, createdBy };
  await writeDown(desk, { event: "key-issued", by: createdBy, webhook: { id, domain, product, purpose } });
  await openWebhookStore(desk.control, desk.clock).add({ ...terms, sealedSecret, createdAt: desk.clock() });
  return { did: "add", id, secret };
}

async function remove(
  { id, removedBy: by }: Extract<WebhookCall, { do: "remove" }>,
  desk: WebhookDesk,
): Promise<WebhookAnswer> {
  const store = openWebhookStore(desk.control, desk.clock);
  const webhook = (await store.list()).find((one) => one.id === id);
  if (webhook === undefined) throw cliError["webhook-unknown"]({ id });
  await writeDown(desk, { event: "key-revoked", by, webhook });
  await store.remove(id);
  return { did: "remove" };
}

interface WebhookAct {
  readonly event: "key-issued" | "key-revoked";
  /** Account of this machine. */
  readonly by: string;
  readonly webhook: Pick<Webhook, "id" | "domain" | "product" | "purpose">;
}

/** Its secret is a key, and whoever has it is told: that is on record before it counts. */
async function writeDown(desk: WebhookDesk, { event, by, webhook }: WebhookAct): Promise<void> {
  const at = desk.clock();
  const about = { subject: webhook.id, product: `${webhook.domain}/${webhook.product}` };
  const purpose = webhook.purpose ?? undefined;
  await desk.audit.recorded({ event, at, actor: localActor(by), requestId: timeOrderedId(at), ...about, purpose });
}

/** What is refused at once is not refused with every publication. */
async function allowedProduct({ product: id, consumer, purpose }: NewWebhook, desk: WebhookDesk) {
  const models = (await desk.domains()).flatMap(({ loadedProducts }) => loadedProducts.map(({ model }) => model));
  const model = models.find((one) => one.id === id);
  if (model === undefined) throw cliError["unknown-product"]({ name: id, known: models.map((one) => one.id) });
  const purposes = readPurposes(desk.root);
  if (purpose !== null && !purposes.some((one) => one.id === purpose))
    throw accessError["agreement-purpose-unknown"]({ purpose, known: purposes.map((one) => one.id) });
  const problem = consumerProblem(consumer);
  if (problem !== undefined) throw cliError["webhook-consumer"]({ consumer, product: id, reasons: [problem] });
  const trouble: Error[] = [];
  using book = openAccessBook({
    home: desk.home,
    clock: desk.clock,
    onTrouble: (failure) => void trouble.push(failure),
  });
  const decide = decideFrom({ book, purposes, clock: desk.clock });
  const { decision, isAllowed } = tellingOf({ consumer, purpose }, model, { decide, book });
  const reasons = [...decision.reasons, ...trouble.map(({ message }) => message)];
  if (!isAllowed) throw cliError["webhook-consumer"]({ consumer, product: id, reasons, advice: decision.advice });
  return model;
}
