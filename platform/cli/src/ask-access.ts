import type { AccessAnswer, AccessCall } from "@thoth/access/agreements/access-call";
import { askDesk } from "./ask-desk.ts";
import type { Effects } from "./effects.ts";

/** Asks whoever keeps agreements and keys: the process that serves the home, or this one. */
export async function askAccess<Call extends AccessCall>(call: Call, effects: Effects): Promise<AccessAnswer<Call>> {
  return (await askDesk({ name: "access", argument: call }, effects)) as AccessAnswer<Call>;
}
