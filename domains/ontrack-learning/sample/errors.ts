import { defineErrors } from "@thoth/kernel/mesh-error";

export const sampleError = defineErrors("ontrack-sample", {
  "would-overwrite": (p: { folder: string }) => ({
    message: `${p.folder} holds files that this sample did not write`,
    hint: "They may be real. Move the folder away, or point MESH_HOME at another place, before writing sample data.",
  }),
  "invalid-scale": (p: { scale: number }) => ({
    message: `a sample of scale ${p.scale} has no people`,
    hint: "Use a scale above 0: 1 is the full world, 0.1 a tenth of its people.",
  }),
});
