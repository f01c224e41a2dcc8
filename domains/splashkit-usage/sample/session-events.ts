import type { Random } from "@thoth/testing/random";
import { isoTime } from "./calendar.ts";
import type { Session } from "./sessions.ts";
import type { RecordedEvent, TelemetryData, TelemetryEvent } from "./telemetry-event.ts";

/** While a program runs, it reports every five minutes. */
const usageEveryS = 300;
const frameRates = ["30", "60", "60", "60", "120"];

/** The events one session sends: its start, one for every five minutes, and its end unless that was lost. */
export function sessionEvents(session: Session, random: Random): RecordedEvent[] {
  const shared = sharedData(session);
  const usages = Math.floor((session.durationS - 1) / usageEveryS);
  const reports = session.ending === "lost" ? usages : usages + 1;
  const moments: { readonly kind: string; readonly afterS: number; readonly data: TelemetryData }[] = [
    { kind: "started", afterS: 0, data: shared },
  ];
  const frameRate = random.pick(frameRates);
  for (let report = 0; report < reports; report++) {
    const last = report === usages;
    const afterS = last ? session.durationS : (report + 1) * usageEveryS;
    const part = { index: report, of: usages + 1 };
    const errors = last ? Object.fromEntries(session.errors) : {};
    const data = { ...shared, duration_s: afterS, counts: partOf(session.counts, part), errors, max_fps: frameRate };
    moments.push({ kind: last ? session.ending : "usage", afterS, data });
  }
  return moments.map(({ kind, afterS, data }, index) => recordEvent(session, kind, index, afterS, data, random));
}

function sharedData({ id, install, binding, sdkVersion }: Session): TelemetryData {
  return {
    schema_version: 1,
    session_id: id,
    install_id: install.id,
    consent: { version: install.consentVersion, granted_at: isoTime(install.joinedAt) },
    sdk_version: sdkVersion,
    binding,
    runtime: binding === "skm" ? "skm" : install.runtime,
    os: install.os,
    ...(install.courseHint === undefined ? {} : { course_hint: install.courseHint }),
  };
}

/** Splits each count evenly over the reports; what does not divide goes into the first ones. */
function partOf(counts: ReadonlyMap<string, number>, part: { index: number; of: number }): Record<string, number> {
  const shares: Record<string, number> = {};
  for (const [name, count] of counts) {
    const share = Math.floor(count / part.of) + (part.index < count % part.of ? 1 : 0);
    if (share > 0) shares[name] = share;
  }
  return shares;
}

function recordEvent(
  session: Session,
  kind: string,
  index: number,
  afterS: number,
  data: TelemetryData,
  random: Random,
): RecordedEvent {
  const at = session.startsAt + afterS * 1000;
  const flushedAt = session.startsAt + session.durationS * 1000 + session.spooledMs;
  const recordedAt = (session.spooledMs > 0 ? flushedAt : at) + random.int(200, 4000);
  const sequence = String(index).padStart(4, "0");
  const event: TelemetryEvent = {
    specversion: "1.0",
    id: `${session.id}-${sequence}`,
    source: `/splashkit/${session.binding}`,
    type: `io.splashkit.session.${kind}`,
    subject: session.install.id,
    time: isoTime(at),
    datacontenttype: "application/json",
    dataclassification: "internal",
    sequence,
    recordedtime: isoTime(recordedAt),
    data,
  };
  return { event, recordedAt };
}
