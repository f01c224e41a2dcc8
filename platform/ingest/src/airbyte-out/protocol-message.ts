import type { Checkpoint } from "../connector.ts";

/** A message that a source writes, besides records, which the engine writes. @source Airbyte protocol 0.18 */
export type ProtocolMessage =
  | { readonly type: "SPEC"; readonly spec: object }
  | { readonly type: "CONNECTION_STATUS"; readonly connectionStatus: ConnectionStatus }
  | { readonly type: "CATALOG"; readonly catalog: { readonly streams: readonly object[] } }
  | { readonly type: "STATE"; readonly state: object }
  | { readonly type: "TRACE"; readonly trace: object }
  | { readonly type: "LOG"; readonly log: { readonly level: string; readonly message: string } };

export type ConnectionStatus =
  | { readonly status: "SUCCEEDED" }
  | { readonly status: "FAILED"; readonly message: string };

export type StreamStatus = "STARTED" | "RUNNING" | "COMPLETE" | "INCOMPLETE";

export function messageLine(message: ProtocolMessage): string {
  return `${JSON.stringify(message)}\n`;
}

/** @param now epoch ms */
export function statusLine(stream: string, status: StreamStatus, now: number): string {
  const streamStatus = { stream_descriptor: { name: stream }, status };
  return messageLine({
    type: "TRACE",
    trace: { type: "STREAM_STATUS", emitted_at: now, stream_status: streamStatus },
  });
}

/** @param recordCount records of the stream since its state before */
export function stateLine(stream: string, checkpoint: Checkpoint, recordCount: number): string {
  const state = { stream_descriptor: { name: stream }, stream_state: checkpoint };
  return messageLine({ type: "STATE", state: { type: "STREAM", stream: state, sourceStats: { recordCount } } });
}
