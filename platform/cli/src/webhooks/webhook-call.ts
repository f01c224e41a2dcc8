import type { WebhookStanding } from "@thoth/control/webhook-store";

/** What is asked about webhooks, by whichever process has the control plane. */
export type WebhookCall =
  | { readonly do: "add"; readonly webhook: NewWebhook }
  | { readonly do: "list" }
  | { readonly do: "remove"; readonly id: string; readonly removedBy: string }
  | { readonly do: "retry"; readonly id: string };

export interface NewWebhook {
  readonly url: string;
  /** `ontrack-learning/units` */
  readonly product: string;
  readonly purpose: string | null;
  /** Whose right to read the product counts. */
  readonly consumer: string;
  readonly allowPrivate: boolean;
  readonly createdBy: string;
}

export type WebhookAnswer =
  | { readonly did: "add"; readonly id: string /** Shown this once. */; readonly secret: string }
  | { readonly did: "list"; readonly webhooks: readonly WebhookStanding[] }
  | { readonly did: "remove" }
  | { readonly did: "retry"; readonly deliveries: number };

export function isWebhookCall(value: unknown): value is WebhookCall {
  if (typeof value !== "object" || value === null) return false;
  const { do: what, id, webhook, removedBy } = value as Record<string, unknown>;
  if (what === "list") return true;
  if (what === "remove" && typeof removedBy !== "string") return false;
  if (what === "remove" || what === "retry") return typeof id === "string";
  return what === "add" && isNewWebhook(webhook);
}

function isNewWebhook(value: unknown): value is NewWebhook {
  if (typeof value !== "object" || value === null) return false;
  const { url, product, purpose, consumer, allowPrivate, createdBy } = value as Record<string, unknown>;
  const texts = [url, product, consumer, createdBy].every((text) => typeof text === "string" && text.length <= 2_000);
  return texts && (purpose === null || typeof purpose === "string") && typeof allowPrivate === "boolean";
}
