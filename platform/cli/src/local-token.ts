import type { Principal } from "@thoth/access/decision";
import { openTokenKey } from "@thoth/access/signing-key";
import { signToken } from "@thoth/access/token";
import type { Effects } from "./effects.ts";
import { localPerson } from "./local-person.ts";
import type { Settings } from "./settings.ts";

/** Long enough for one question. */
const ttlMs = 300_000;

/** A token for whoever works on this machine, or for somebody else, good at this home's gateways. */
export async function localToken(
  { home }: Settings,
  { now }: Effects,
  person: Principal = localPerson(),
): Promise<string> {
  return signToken(person, { key: await openTokenKey(home), now: now(), ttlMs });
}
