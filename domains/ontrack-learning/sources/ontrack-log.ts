import { defineSource } from "@thoth/ingest/define-source";
import { railsLog } from "@thoth/ingest/rails-log";

/** Lands in `raw.log_lines`; usernames and addresses become keyed pseudonyms at the door. */
export const ontrackLog = defineSource({
  name: "ontrack-log",
  kind: "rails-log",
  description:
    "Log of the OnTrack API, one file a month: sign-ins, inbox requests, submissions, assessments, comments.",
  streams: [railsLog({ name: "log_lines", files: "ontrack/log/production*.log" })],
});
