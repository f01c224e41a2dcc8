import type { Decision } from "@thoth/access/decision";
import { accessError } from "@thoth/access/errors";
import { seesEveryRow } from "@thoth/access/sees-every-row";
import type { ProductModel } from "@thoth/contract/product-model";
import { findMeshError } from "@thoth/kernel/error-chain";
import type { MeshError } from "@thoth/kernel/mesh-error";
import { productPublished } from "@thoth/warehouse/product-published";
import type { Snapshot } from "@thoth/warehouse/snapshot";
import { gatewayError } from "../errors.ts";
import { StreamInbox } from "../stream-inbox.ts";
import { awaken, type SessionOptions } from "../stream-session.ts";
import { eventText } from "./event-text.ts";
import type { PublishedHistory } from "./published-history.ts";

export interface ProductStreamParts extends SessionOptions {
  readonly history: PublishedHistory;
  /** Time without an event after which a sign of life is sent, milliseconds. */
  readonly heartbeatMs: number;
}

export interface StreamReader {
  readonly request: Request;
  readonly model: ProductModel;
  /** As it was when the stream was opened; it ends when another agreement would be needed. */
  readonly decision: Decision;
  /** Snapshot that the reader knows. */
  readonly lastId: string | undefined;
  /** Told of every event that is sent. */
  readonly onEvent: () => void;
}

/** Events of one product for one reader, until it leaves or may not read the product any more. */
export async function* productStream(
  reader: StreamReader,
  parts: ProductStreamParts,
): AsyncGenerator<Uint8Array, void, void> {
  const { model } = reader;
  yield eventText.opening(model.id);
  try {
    yield* events(reader, parts);
  } catch (failure) {
    const { code, message } = reasonOf(failure);
    yield eventText.closed({ code, message });
  }
}

async function* events(
  { request, model, decision: before, lastId, onEvent }: StreamReader,
  parts: ProductStreamParts,
): AsyncGenerator<Uint8Array, void, void> {
  const inbox = new StreamInbox<Snapshot>();
  const hear = (snapshot: Snapshot) => {
    if (snapshot.domain === model.domain && snapshot.product === model.product) inbox.put(snapshot.id, snapshot);
  };
  using _ = parts.history.follow(hear);
  for (const snapshot of lastId === undefined ? [] : parts.history.since(model.id, lastId)) hear(snapshot);
  let quietSince = Date.now();
  for await (const { decide } of awaken(request, inbox, parts)) {
    const decision = decide(model);
    if (!isGrantedStill(before, decision)) {
      const { reasons, advice } = decision;
      throw accessError["product-denied"]({ product: model.id, reasons: decision.readable ? [] : reasons, advice });
    }
    for (const snapshot of inbox.take()) {
      yield eventText.published(productPublished(snapshot, { seesEveryRow: seesEveryRow(decision) }));
      onEvent();
      quietSince = Date.now();
    }
    if (Date.now() - quietSince < parts.heartbeatMs) continue;
    yield eventText.heartbeat();
    quietSince = Date.now();
  }
}

/** What was opened under an agreement ends with it, although more of the product may be open to everybody. */
function isGrantedStill(before: Decision, now: Decision): boolean {
  return now.readable && now.agreement === before.agreement;
}

/** What nobody expects says nothing of itself. */
function reasonOf(failure: unknown): MeshError {
  const known = findMeshError(failure);
  return known?.code.startsWith("access/") ? known : gatewayError["stream-broken"](undefined);
}
