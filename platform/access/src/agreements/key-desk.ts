import { type AccessWrite, openAccessRecords } from "@thoth/control/access-records";
import { timeOrderedId } from "@thoth/kernel/ids";
import type { AccessEntry } from "../audit/audit-entry.ts";
import { accessError } from "../errors.ts";
import {
  createServiceKey,
  isServiceKeyGood,
  type MadeServiceKey,
  rotateServiceKey,
  type ServiceKey,
  type ServiceKeyTerms,
} from "../service-key.ts";
import { type AccessAnswer, type AccessCall, type ListedKey, listedKey, type NewServiceKey } from "./access-call.ts";
import type { AccessDeskParts } from "./access-desk.ts";
import type { Actor } from "./agreement-rules.ts";
import { checkLimits } from "./check-limits.ts";
import { enforceChange } from "./project-access.ts";

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

async function add({ terms, actor }: Extract<KeyCall, { do: "key-add" }>, parts: AccessDeskParts) {
  const now = parts.clock();
  checkTerms(terms, now);
  checkLimits(terms.limits, await parts.rules());
  const made = createServiceKey(terms, now);
  await change({ actor, event: "key-issued", reason: "", parts }, () => [[made.kept, "issued"]]);
  return shown(made);
}

async function rotate(
  { id, graceMs, actor }: Extract<KeyCall, { do: "key-rotate" }>,
  parts: AccessDeskParts,
): Promise<NewServiceKey> {
  const now = parts.clock();
  let made: MadeServiceKey | undefined;
  await change({ actor, event: "key-rotated", reason: "", parts }, (keys) => {
    const found = keyNamed(keys, id);
    if (!isServiceKeyGood(found, now) || found.replacedBy !== undefined)
      throw accessError["key-over"]({ id: found.id });
    const rotated = rotateServiceKey(found, { now, graceMs });
    made = rotated.made;
    return [
      [rotated.made.kept, "issued"],
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
  const [key] = await change({ actor, event: "key-revoked", reason, parts }, (keys) => {
    const found = keyNamed(keys, id);
    return [[{ ...found, revokedAt: found.revokedAt ?? parts.clock() }, "revoked"]];
  });
  if (key === undefined) throw new Error("every change writes at least one key");
  return listedKey(key);
}

interface KeyChange {
  readonly actor: Actor;
  readonly event: AccessEntry["event"];
  readonly reason: string;
  readonly parts: AccessDeskParts;
}

async function change(
  { actor, event, reason, parts }: KeyChange,
  decide: (keys: readonly ServiceKey[]) => readonly (readonly [ServiceKey, string])[],
): Promise<ServiceKey[]> {
  const records = openAccessRecords<ServiceKey>(parts.control, "service-key", parts.clock);
  const at = parts.clock();
  const tell = async (writes: readonly AccessWrite<ServiceKey>[]) => {
    // The last one is the one that the change is about.
    const subject = writes.at(-1)?.entry.id ?? "";
    await parts.audit?.({ event, at, actor, requestId: timeOrderedId(at), subject });
  };
  const changed = await records.change(
    (keys) => decide(keys).map(([entry, action]) => ({ entry, action, actor: actor.name, reason })),
    tell,
  );
  await enforceChange(parts.control, parts.home);
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
