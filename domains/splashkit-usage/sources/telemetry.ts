import { cloudEventFiles } from "@thoth/ingest/cloud-events";
import { collectedEvents } from "@thoth/ingest/collector/collected-events";
import { defineSource } from "@thoth/ingest/define-source";

export const telemetry = defineSource({
  name: "splashkit-telemetry",
  kind: "cloud-events",
  description:
    "What SDKs report about each run of a program, when their user has agreed: which functions were called how often, never from where. One CloudEvent at the start, one every five minutes, one at the end.",
  streams: [
    collectedEvents({
      name: "events",
      contract: "sources/session-events.odcs.yaml",
      besides: cloudEventFiles({ name: "events", files: "splashkit/events/**/*.ndjson", mode: "append" }),
    }),
  ],
});
