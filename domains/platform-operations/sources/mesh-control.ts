import { controlPlane } from "@thoth/ingest/control-plane";

/** Read after the other domains have published, so that their latest runs are in. */
export const meshControl = controlPlane("mesh-control");
