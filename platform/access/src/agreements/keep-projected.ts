import { accessRevision } from "@thoth/control/access-records";
import type { ControlPlane } from "@thoth/control/control-plane";
import { projectAccess } from "./project-access.ts";
import { type ChangeEnforcer, ProjectedFiles } from "./projected-files.ts";

/**
 * Between two looks at what others have changed, and between two tries to write, milliseconds. Readers look at the files four
 * times a second and at what they have open twice a second: together that is the second that is promised.
 */
const lookEveryMs = 250;

export interface ProjectionParts {
  readonly control: ControlPlane;
  readonly home: string;
  /** Told when the control plane cannot be asked or the files not be written, once until both can. */
  readonly onTrouble: (failure: unknown) => void;
  /** 250 when left out. */
  readonly lookEveryMs?: number;
}

export interface AccessProjection extends ChangeEnforcer, AsyncDisposable {}

/**
 * Writes the files now, and after every change: of this process when it says so, of others on a control plane that has
 * others, and again and again what could not be written. While there is nothing of that, it does nothing.
 */
export async function keepProjected(parts: ProjectionParts): Promise<AccessProjection> {
  const { control, home } = parts;
  const files = new ProjectedFiles(control, home, await projectAccess(control, home));
  const isShared = control.kind === "server";
  const looks = lookAgain({
    ...parts,
    isNeeded: () => isShared || files.revision === undefined,
    look: async () => {
      if (files.revision === undefined || (await accessRevision(control)) !== files.revision) await files.catchUp();
    },
  });
  return {
    enforce: () => files.enforce().finally(looks.plan),
    [Symbol.asyncDispose]: looks.stop,
  };
}

interface Looks extends Pick<ProjectionParts, "onTrouble" | "lookEveryMs"> {
  readonly isNeeded: () => boolean;
  readonly look: () => Promise<void>;
}

/** One look after another, for as long as they are needed; `plan` begins them again. */
function lookAgain({ isNeeded, look, onTrouble, lookEveryMs: everyMs = lookEveryMs }: Looks) {
  let timer: NodeJS.Timeout | undefined;
  let looking: Promise<void> | undefined;
  let isTroubled = false;
  let stopped = false;
  const attempt = async () => {
    try {
      await look();
      isTroubled = false;
    } catch (failure) {
      if (!isTroubled && !stopped) onTrouble(failure);
      isTroubled = true;
    }
  };
  const plan = () => {
    if (stopped || timer !== undefined || looking !== undefined || !isNeeded()) return;
    timer = setTimeout(() => {
      timer = undefined;
      looking = attempt().then(() => {
        looking = undefined;
        plan();
      });
    }, everyMs).unref();
  };
  plan();
  const stop = async () => {
    stopped = true;
    clearTimeout(timer);
    await looking;
  };
  return { plan, stop };
}
