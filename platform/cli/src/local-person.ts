import { userInfo } from "node:os";
import type { Actor } from "@thoth/access/agreements/agreement-rules";
import type { Principal } from "@thoth/access/decision";
import { servicePrefix } from "@thoth/access/token-claims";

/** `local:ada`; a process can run under a number that no account has. */
export function localAccount(): string {
  try {
    return `local:${userInfo().username}`;
  } catch {
    return "local";
  }
}

/** Sees what everybody who is known sees: public and internal columns, and what its name was granted. */
export function localPerson(name: string = localAccount()): Principal {
  const kind = name.startsWith(servicePrefix) ? "service" : "person";
  return { name, kind, roles: [], attributes: {} };
}

/** Somebody who acts on this machine; whoever can use its home is believed who they say they are. */
export function localActor(name: string): Actor {
  return { name, kind: "person", roles: [], authenticated: "account" };
}
