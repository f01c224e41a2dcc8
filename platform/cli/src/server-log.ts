import type { ServerLog } from "@thoth/subgraph/served-graph";
import type { Effects } from "./effects.ts";

/** One line an event: readable text, or JSON when `MESH_LOG=json`. */
export function createServerLog(effects: Effects): ServerLog {
  const json = effects.env.MESH_LOG === "json";
  const write = (level: "info" | "error", message: string, details: Readonly<Record<string, unknown>> = {}) => {
    const time = new Date(effects.now()).toISOString();
    if (json) effects.err(`${JSON.stringify({ time, level, message, ...details })}\n`);
    else effects.err(`${time} ${level === "error" ? "error: " : ""}${message}${formatDetails(details)}\n`);
  };
  return {
    info: (message, details) => write("info", message, details),
    error: (message, details) => write("error", message, details),
  };
}

export const silentLog: ServerLog = { info: () => undefined, error: () => undefined };

function formatDetails(details: Readonly<Record<string, unknown>>): string {
  return Object.entries(details)
    .map(([name, value]) => ` ${name}=${typeof value === "string" ? value : JSON.stringify(value)}`)
    .join("");
}
