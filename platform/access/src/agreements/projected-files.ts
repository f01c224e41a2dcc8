import type { ControlPlane } from "@thoth/control/control-plane";
import { isServerAway } from "@thoth/control/server-away";
import { SerialQueue } from "@thoth/warehouse/serial-queue";
import { removeAccessFiles } from "../access-files.ts";
import { accessError } from "../errors.ts";
import { projectAccess } from "./project-access.ts";

/** What puts a change in force that has just been recorded. */
export interface ChangeEnforcer {
  /** @throws MeshError `access/change-not-in-force` */
  enforce(): Promise<void>;
}

/**
 * The files of agreements and keys as this process has written them: each revision once, whoever asks for it. Files that
 * cannot be written are taken away, for they may still allow what has been revoked.
 */
export class ProjectedFiles implements ChangeEnforcer {
  readonly #control: ControlPlane;
  readonly #home: string;
  readonly #queue = new SerialQueue();
  #revision: number | undefined;

  /** @param revision that the files have, where this process has written them */
  constructor(control: ControlPlane, home: string, revision?: number) {
    this.#control = control;
    this.#home = home;
    this.#revision = revision;
  }

  /** What the files have; undefined where this process has not written them, or could not. */
  get revision(): number | undefined {
    return this.#revision;
  }

  enforce(): Promise<void> {
    return this.#write(() => false);
  }

  /** A control plane that does not answer leaves the files as they are: nobody knows of a change. */
  catchUp(): Promise<void> {
    return this.#write(isServerAway);
  }

  #write(mayLag: (cause: unknown) => boolean): Promise<void> {
    return this.#queue.run(async () => {
      try {
        this.#revision = await projectAccess(this.#control, this.#home, this.#revision);
      } catch (cause) {
        if (mayLag(cause)) throw cause;
        this.#revision = undefined;
        throw await closeAccess(this.#home, cause);
      }
    });
  }
}

/** Leaves nobody who is allowed something. @returns what to tell of it */
async function closeAccess(home: string, cause: unknown): Promise<Error> {
  const closed = await removeAccessFiles(home).then(
    () => true,
    () => false,
  );
  const reason = cause instanceof Error ? cause.message : String(cause);
  return accessError["change-not-in-force"]({ reason, closed }, { cause });
}
