import { mkdirSync } from "node:fs";
import { type HomeLock, lockHome } from "@thoth/control/home-lock";
import { isMeshError } from "@thoth/kernel/mesh-error";
import { ingestError } from "../errors.ts";

/** The right to be the one process that writes what comes in. @throws MeshError `ingest/collector-in-use` */
export function collectorLock(dir: string, self: { readonly now: number; readonly pid: number }): HomeLock {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  try {
    return lockHome(dir, self);
  } catch (cause) {
    if (isMeshError(cause) && /home-(in-use|on-other-machine)$/.test(cause.code))
      throw ingestError["collector-in-use"]({ folder: dir, reason: cause.message }, { cause });
    throw cause;
  }
}
