import { auditRead } from "@thoth/access/audit/audit-read";
import type { AuditTrail } from "@thoth/access/audit/audit-trail";
import type { ProductModel } from "@thoth/contract/product-model";
import { type DeliveryEnd, type DueDelivery, messageId } from "@thoth/control/webhook-store";
import type { Clock } from "@thoth/kernel/clock";
import { isMeshError } from "@thoth/kernel/mesh-error";
import { productPublished } from "@thoth/warehouse/product-published";
import { retryDelayMs } from "./retry-delay.ts";
import { sendWebhook } from "./send-webhook.ts";
import { type TellingRules, tellingOf } from "./told-consumer.ts";
import { signatureHeaders } from "./webhook-signature.ts";

export interface DeliveryParts extends TellingRules {
  /** By id; undefined where the product is gone. */
  readonly modelOf: (product: string) => ProductModel | undefined;
  readonly openSecret: (sealed: string) => string;
  readonly audit: AuditTrail;
  readonly clock: Clock;
  /** 0..1 */
  readonly random: () => number;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** Makes one attempt. What it returns is to be noted, whatever happened. */
export async function deliver(delivery: DueDelivery, parts: DeliveryParts): Promise<DeliveryEnd> {
  const { webhook, move, snapshot, attempts } = delivery;
  const product = `${webhook.domain}/${webhook.product}`;
  const model = parts.modelOf(product);
  if (model === undefined) return { state: "dead", problem: `${product} is gone` };
  const { principal, decision, isAllowed: told, seesEveryRow } = tellingOf(webhook, model, parts);
  const id = messageId(webhook.id, move);
  try {
    await auditRead(parts.audit, {
      principal,
      authenticated: "webhook",
      port: "stream",
      reads: [{ model, columns: [], decision, snapshot: snapshot.id }],
      rows: told ? 1 : 0,
      purpose: webhook.purpose ?? undefined,
      requestId: id,
      outcome: told ? "allowed" : { refused: "access/product-denied" },
      now: parts.clock(),
    });
    if (!told) {
      const why = decision.reasons.join("; ") || "no agreement for its purpose is in force";
      return { state: "dead", problem: `${webhook.consumer} may not be told of it any more: ${why}` };
    }
    const body = JSON.stringify(productPublished(snapshot, { seesEveryRow }));
    return judgeStatus(await send(delivery, { id, body }, parts), { attempts: attempts + 1, parts });
  } catch (failure) {
    if (isMeshError(failure) && failure.code === "cli/webhook-url") return { state: "dead", problem: failure.message };
    return again(failure instanceof Error ? failure.message : String(failure), { attempts: attempts + 1, parts });
  }
}

function send(
  { webhook: { url, allowPrivate, sealedSecret } }: DueDelivery,
  { id, body }: { readonly id: string; readonly body: string },
  { openSecret, clock, timeoutMs, signal }: DeliveryParts,
): Promise<number> {
  const signed = signatureHeaders(openSecret(sealedSecret), { id, now: clock(), body });
  const headers = { ...signed, "content-type": "application/cloudevents+json; charset=utf-8" };
  return sendWebhook({ url, allowPrivate, headers, body, timeoutMs, signal });
}

interface Attempted {
  readonly attempts: number;
  readonly parts: DeliveryParts;
}

function judgeStatus(status: number, attempted: Attempted): DeliveryEnd {
  if (status >= 200 && status < 300) return { state: "delivered" };
  if (status === 410) return { state: "dead", problem: "it answered 410: the address is gone" };
  const redirected = status >= 300 && status < 400 ? ", and redirects are not followed" : "";
  return again(`it answered ${status}${redirected}`, attempted);
}

function again(problem: string, { attempts, parts: { clock, random } }: Attempted): DeliveryEnd {
  const delay = retryDelayMs(attempts, random());
  if (delay === undefined) return { state: "dead", problem };
  return { state: "waiting", problem, dueAt: clock() + delay };
}
