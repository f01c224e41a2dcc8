import type { Inner, Layer, Layers, Outline, OutlineTally } from "./otlp-outline.ts";
import { OtlpUnreadable } from "./otlp-values.ts";
import {
  type FieldShape,
  type MessageShape,
  pass,
  readLength,
  readTag,
  skipField,
  type Wire,
} from "./protobuf-wire.ts";

/**
 * Finds where the records of an export lie, without reading them. Yields when others should have a turn.
 * @throws OtlpUnreadable, and what the tally throws
 */
export function protobufOutline(
  body: Buffer,
  shape: MessageShape,
  { layers, tally }: { readonly layers: Layers; readonly tally: OutlineTally },
): Generator<void, Outline, void> {
  return readOutline({ bytes: body, at: 0, end: body.length }, { shape, layers, tally, pause: { at: fieldsAtATime } });
}

/** Fields of a message in their order are the message again, also when some of them are missing. */
export function ownMessage(body: Buffer, own: readonly number[]): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < own.length; at += 2) parts.push(body.subarray(own[at], own[at + 1]));
  return parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts);
}

interface Walk {
  readonly shape: MessageShape;
  readonly layers: Layers;
  readonly tally: OutlineTally;
  /** Fields until the next pause. */
  readonly pause: { at: number };
}

function* readOutline(wire: Wire, walk: Walk): Generator<void, Outline, void> {
  walk.tally.add(false);
  const own: number[] = [];
  const inner: Inner = {};
  let from = wire.at;
  while (wire.at < wire.end) {
    const begin = wire.at;
    const { number, type } = readTag(wire);
    const field = walk.shape[number];
    const layer = field === undefined ? undefined : walk.layers[field.name];
    if (field === undefined || layer === undefined) skipField(wire, type);
    else {
      if (type !== 2) throw new OtlpUnreadable(`${field.name} has the wire type ${type}`);
      if (begin > from) own.push(from, begin);
      inner[field.name] ??= [];
      inner[field.name]?.push(yield* readInner(wire, { ...walk, field, layer }));
      from = wire.at;
    }
    if (--walk.pause.at > 0) continue;
    walk.pause.at = fieldsAtATime;
    yield;
  }
  if (wire.end > from) own.push(from, wire.end);
  return { own, inner, shape: walk.shape };
}

function* readInner(
  wire: Wire,
  walk: Walk & { readonly field: FieldShape; readonly layer: Layer },
): Generator<void, Outline, void> {
  const shape = typeof walk.field.kind === "function" ? walk.field.kind() : {};
  const length = readLength(wire);
  const from = wire.at;
  pass(wire, length);
  const within = { bytes: wire.bytes, at: from, end: wire.at };
  const { layers } = walk.layer;
  if (layers !== undefined) return yield* readOutline(within, { ...walk, shape, layers });
  walk.tally.add(true);
  return { own: [within.at, within.end], inner: none, shape };
}

const none: Inner = {};
const fieldsAtATime = 16 * 1024;
