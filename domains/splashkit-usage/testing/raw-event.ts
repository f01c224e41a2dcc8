/** One telemetry event in few words; what is left out is what a plain, consenting C# program would say. */
export interface EventInShort {
  readonly session: string;
  /** Event time, ISO 8601. */
  readonly at: string;
  readonly kind?: "started" | "usage" | "ended" | "crashed";
  readonly install?: string;
  readonly binding?: string;
  readonly version?: string;
  readonly os?: string;
  readonly hint?: string;
  readonly durationS?: number;
  readonly counts?: unknown;
  readonly errors?: unknown;
  /** Replaces the whole consent; null leaves it out. */
  readonly consent?: unknown;
  /** Columns of `raw.events` that differ. */
  readonly envelope?: Readonly<Record<string, unknown>>;
}

/** A row of `raw.events`, recorded a second after it happened. */
export function rawEvent(event: EventInShort): Record<string, unknown> {
  const { session, at, kind = "ended", install = "install-1", binding = "csharp" } = event;
  return {
    id: `${session}-${kind}-${at}`,
    source: `/splashkit/${binding}`,
    specversion: "1.0",
    type: `io.splashkit.session.${kind}`,
    subject: install,
    time: at,
    dataclassification: "internal",
    sequence: "0000",
    recordedtime: new Date(Date.parse(at) + 1000).toISOString(),
    data: JSON.stringify(eventData(event)),
    ...event.envelope,
  };
}

function eventData(event: EventInShort): object {
  const { session, install = "install-1", consent = { version: "2", granted_at: "2026-01-01T00:00:00Z" } } = event;
  return {
    schema_version: 1,
    session_id: session,
    install_id: install,
    ...(consent === null ? {} : { consent }),
    sdk_version: event.version ?? "2.1.0",
    binding: event.binding ?? "csharp",
    os: { family: event.os ?? "windows" },
    course_hint: event.hint,
    duration_s: event.durationS,
    counts: event.counts,
    errors: event.errors,
  };
}
