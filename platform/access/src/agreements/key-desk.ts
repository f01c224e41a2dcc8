import { type AccessWrite, openAccessRecords } from "@thoth/control/access-records";
import { timeOrderedId } from "@thoth/kernel/ids";
import { accessError } from "../errors.ts";
import {
  createServiceKey,
  isServiceKeyGood,
  type MadeServiceKey,
  rotateServiceKey,
  type ServiceKey,
  type ServiceKeyTerms,
  stateOfServiceKey,
} from "../service-key.ts";
import { servicePrefix } from "../token-claims.ts";
import { type AccessAnswer, type AccessCall, type ListedKey, listedKey, type NewServiceKey } from "./access-call.ts";
import type { AccessDeskParts } from "./access-desk.ts";
import type { Actor } from "./agreement-rules.ts";
import { checkLimits } from "./check-limits.ts";

type KeyCall = Extract<AccessCall, { readonly do: `key-${string}` }>;

export function isKeyCall(call: AccessCall): call is KeyCall {
  return call.do.startsWith("key-");
}

/** @throws MeshError `access/key-unknown`, `access/key-over`, `access/key-terms`, `access/limit-unknown` */
export async function answerKeyCall(call: KeyCall, parts: AccessDeskParts): Promise<AccessAnswer<KeyCall>> {
  switch (call.do) {
    case "key-list":
      return (await openAccessRecords<ServiceKey>(parts.control, "service-key", parts.clock).list()).map(listedKey);
    case "key-add":
      return add(call, parts);
    case "key-rotate":
      return rotate(call, parts);
    case "key-revoke":
      return revoke(call, parts);
    default:
      return call satisfies never;
  }
}

/**
 * Who has made keys, good ones, of some of these machines: what a machine reads, they can read.
 * @param names `service:grades`, and others, which are no machines'
 */
export async function keyMakers(names: readonly string[], { control, clock }: AccessDeskParts): Promise<string[]> {
  if (!names.some((name) => name.startsWith(servicePrefix))) return [];
  const keys = await openAccessRecords<ServiceKey>(control, "service-key", clock).list();
  const theirs = keys.filter((key) => isServiceKeyGood(key, clock()) && names.includes(`${servicePrefix}${key.name}`));
  return [...new Set(theirs.flatMap(({ madeBy }) => madeBy ?? []))];
}

async function add({ terms, actor }: Extract<KeyCall, { do: "key-add" }>, parts: AccessDeskParts) {
  const now = parts.clock();
  checkTerms(terms, now);
  checkLimits(terms.limits, await parts.rules());
  const made = createServiceKey(terms, now);
  const kept = { ...made.kept, madeBy: actor.name };
  await change({ actor, reason: "", parts }, () => [[kept, "issued"]]);
  return shown({ ...made, kept });
}

async function rotate(
  { id, graceMs, actor }: Extract<KeyCall, { do: "key-rotate" }>,
  parts: AccessDeskParts,
): Promise<NewServiceKey> {
  const now = parts.clock();
  let made: MadeServiceKey | undefined;
  await change({ actor, reason: "", parts }, (keys) => {
    const found = keyNamed(keys, id);
    const state = stateOfServiceKey(found, now);
    if (state !== "good") throw accessError["key-over"]({ id: found.id, state, by: found.replacedBy });
    const rotated = rotateServiceKey(found, { now, graceMs });
    made = { ...rotated.made, kept: { ...rotated.made.kept, madeBy: actor.name } };
    return [
      [made.kept, "issued"],
      [rotated.old, "rotated"],
    ];
  });
  if (made === undefined) throw new Error("a change is decided on before it is made");
  return shown(made);
}

async function revoke(
  { id, reason, actor }: Extract<KeyCall, { do: "key-revoke" }>,
  parts: AccessDeskParts,
): Promise<ListedKey> {
  const [key] = await change({ actor, reason, parts }, (keys) => {
    const found = keyNamed(keys, id);
    if (found.revokedAt !== undefined) throw accessError["key-over"]({ id: found.id, state: "revoked" });
    return [[{ ...found, revokedAt: parts.clock() }, "revoked"]];
  });
  if (key === undefined) throw new Error("every change writes at least one key");
  return listedKey(key);
}

type KeyAction = "issued" | "rotated" | "revoked";

interface KeyChange {
  readonly actor: Actor;
  readonly reason: string;
  readonly parts: AccessDeskParts;
}

async function change(
  { actor, reason, parts }: KeyChange,
  decide: (keys: readonly ServiceKey[]) => readonly (readonly [ServiceKey, KeyAction])[],
): Promise<ServiceKey[]> {
  const records = openAccessRecords<ServiceKey>(parts.control, "service-key", parts.clock);
  const at = parts.clock();
  const tell = async (writes: readonly AccessWrite<ServiceKey>[]) => {
    const requestId = timeOrderedId(at);
    for (const { entry, action } of writes)
      await parts.audit?.({ event: `key-${action as KeyAction}`, at, actor, requestId, subject: entry.id });
  };
  const changed = await records.change(
    (keys) => decide(keys).map(([entry, action]) => ({ entry, action, actor: actor.name, reason })),
    tell,
  );
  await parts.projection.enforce();
  return changed;
}

function keyNamed(keys: readonly ServiceKey[], id: string): ServiceKey {
  const found = keys.find((key) => key.id === id);
  if (found === undefined) throw accessError["key-unknown"]({ id });
  return found;
}

function shown({ text, kept }: MadeServiceKey): NewServiceKey {
  return { text, key: listedKey(kept) };
}

function checkTerms({ name, until }: ServiceKeyTerms, now: number): void {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name) || name.length > 60)
    throw accessError["key-terms"]({ problem: "its name is not of lower case letters, digits and hyphens" });
  if (until !== null && until <= now) throw accessError["key-terms"]({ problem: "it would end before it begins" });
}
