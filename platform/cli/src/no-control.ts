import type { ControlPlane } from "@thoth/control/open-control";

/** For sources that do not observe the mesh; one that asks all the same fails with what it asked. */
export const noControl = new Proxy({} as ControlPlane, {
  get: (_target, name) => {
    throw new Error(`the source asks the control plane for ${String(name)} and does not say that it observes the mesh`);
  },
});
