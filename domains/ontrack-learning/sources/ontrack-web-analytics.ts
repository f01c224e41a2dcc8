import { defineSource } from "@thoth/ingest/define-source";
import { ga4Export } from "@thoth/ingest/ga4";

/** OnTrack Web sends usage only for people who opted in to research, so these counts are a part of all traffic. */
export const ontrackWebAnalytics = defineSource({
  name: "ontrack-web-analytics",
  kind: "ga4",
  description: "Google Analytics 4 exports of OnTrack Web, one file a report and month, daily rows.",
  streams: [
    ga4Export({
      name: "web_daily_users",
      files: "ontrack/ga4/users-*.json",
      format: "json",
      columns: { date: "DATE", visits: "BIGINT", active_visitors: "BIGINT" },
    }),
    ga4Export({
      name: "web_devices",
      files: "ontrack/ga4/devices-*.csv",
      format: "csv",
      columns: { date: "DATE", device: "VARCHAR", visits: "BIGINT" },
    }),
    ga4Export({
      name: "web_events",
      files: "ontrack/ga4/events-*.json",
      format: "json",
      columns: {
        date: "DATE",
        event_category: "VARCHAR",
        event_action: "VARCHAR",
        event_label: "VARCHAR",
        total_events: "BIGINT",
      },
    }),
  ],
});
