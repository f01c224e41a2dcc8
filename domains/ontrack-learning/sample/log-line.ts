import type { DateText } from "./date-text.ts";
import type { Instant } from "./melbourne-time.ts";

/** One event of the API's log before it has a layout. */
export interface LogEntry {
  readonly at: Instant;
  /** `unknown` outside a request. */
  readonly ip: string;
  readonly severity: "INFO" | "WARN" | "ERROR";
  readonly message: string;
  /** Set for request lines, which the framework words itself and may write without the prefix. */
  readonly request?: { readonly method: "GET" | "POST" | "PUT"; readonly path: string };
}

export type LogLayout = "prefixed" | "bare-requests";

/** `TIMESTAMP,REMOTE_IP,SEVERITY: MESSAGE`; requests also in the framework's own layout, as older installations wrote them. */
export function logLine(entry: LogEntry, dates: DateText, layout: LogLayout): string {
  const at = dates.local(entry.at);
  const { request, ip } = entry;
  const message =
    request === undefined ? entry.message : `Started ${request.method} "${request.path}" for ${ip} at ${at}`;
  if (request !== undefined && layout === "bare-requests") return `${message}\n`;
  return `${at},${ip},${entry.severity}: ${message.replaceAll("\n", "\\n")}\n`;
}

export function requestEntry(at: Instant, ip: string, method: "GET" | "POST" | "PUT", path: string): LogEntry {
  return { at, ip, severity: "INFO", message: "", request: { method, path } };
}

export function infoEntry(at: Instant, ip: string, message: string): LogEntry {
  return { at, ip, severity: "INFO", message };
}
