import { lockHome } from "@thoth/control/home-lock";
import { type ControlPlane, openControl } from "@thoth/control/open-control";
import { meshHome } from "@thoth/pipeline/mesh-home";
import type { Effects } from "./effects.ts";
import type { Settings } from "./settings.ts";

export interface LocalControl extends AsyncDisposable {
  readonly control: ControlPlane;
}

/** The control plane for one command. The embedded one is taken with its home. @throws MeshError `control/home-in-use` */
export async function openLocalControl({ controlUrl, home }: Settings, effects: Effects): Promise<LocalControl> {
  await using opening = new AsyncDisposableStack();
  const folder = meshHome(home);
  if (controlUrl === undefined) opening.use(lockHome(folder.home, { now: effects.now(), pid: effects.pid }));
  const location = controlUrl === undefined ? { dataDir: folder.controlDir } : { url: controlUrl };
  const control = opening.use(await openControl(location));
  const resources = opening.move();
  return { control, [Symbol.asyncDispose]: () => resources.disposeAsync() };
}
