import type { AccessCall } from "@thoth/access/agreements/access-call";
import { accessError } from "@thoth/access/errors";
import { askAccess } from "./ask-access.ts";
import type { Effects } from "./effects.ts";
import { findOperator } from "./operator-client.ts";
import type { Settings } from "./settings.ts";

/**
 * For a process that serves without keeping agreements: hands what is asked to the one that does, or to the server that
 * both share.
 * @throws MeshError `access/agreement-desk-closed` when there is neither
 */
export function forwardAccess(
  { home, controlUrl }: Settings,
  effects: Effects,
): (call: AccessCall) => Promise<unknown> {
  return async (call) => {
    if (findOperator(home) === undefined && controlUrl === undefined)
      throw accessError["agreement-desk-closed"](undefined);
    return askAccess(call, effects);
  };
}
