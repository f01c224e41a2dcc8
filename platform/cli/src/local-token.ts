import { openTokenKey } from "@thoth/access/signing-key";
import { signToken } from "@thoth/access/token";
import type { Effects } from "./effects.ts";
import { localPerson } from "./local-person.ts";
import type { Settings } from "./settings.ts";

/** Long enough for one question. */
const ttlMs = 300_000;

/** A token for whoever works on this machine, or goes by that name, good at this home's gateways. */
export async function localToken({ home }: Settings, { now }: Effects, name?: string): Promise<string> {
  return signToken(localPerson(name), { key: await openTokenKey(home), now: now(), ttlMs });
}
