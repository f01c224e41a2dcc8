/** Where an event comes from: a language binding, SplashKit Online, or the `skm` command. */
export type Binding = "cpp" | "csharp" | "python" | "pascal" | "online" | "skm";

export interface OperatingSystem {
  readonly family: "windows" | "macos" | "linux" | "browser";
  readonly version: string;
  readonly arch: string;
}

/** What every event of a session says about itself; counts are those since the session's event before. */
export interface TelemetryData {
  readonly schema_version: 1;
  readonly session_id: string;
  readonly install_id: string;
  consent?: { readonly version: string; granted_at: string };
  readonly sdk_version: string;
  readonly binding: Binding;
  readonly runtime: string;
  readonly os: OperatingSystem;
  readonly course_hint?: string;
  readonly duration_s?: number;
  counts?: Record<string, number | string>;
  readonly errors?: Record<string, number>;
  readonly max_fps?: string;
}

/** CloudEvents 1.0.2 in its JSON format, with the extensions this domain relies on. */
export interface TelemetryEvent {
  readonly specversion: "1.0";
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject: string;
  time: string;
  readonly datacontenttype: "application/json";
  dataclassification?: string;
  readonly sequence: string;
  recordedtime: string;
  readonly data: TelemetryData;
}

/** An event with its two times as numbers, epoch ms: when it happened, and when it was recorded. */
export interface RecordedEvent {
  readonly event: TelemetryEvent;
  readonly recordedAt: number;
}
