import { dirname } from "node:path";
import type { ReadContext } from "@thoth/ingest/connector";
import { landStream } from "@thoth/ingest/land";
import type { SqlRow } from "@thoth/warehouse/query-engine";
import { openWriteSide } from "@thoth/warehouse/write-side";
import { pings } from "./collecting-domain.ts";

export interface LandedPings extends AsyncDisposable {
  readonly rowsInserted: number;
  query(sql: string): Promise<SqlRow[]>;
}

/** Lands into a file of the engine, as a run of the domain does, and leaves the file open for questions. */
export async function landPings(place: { readonly file: string; readonly collectedDir: string }): Promise<LandedPings> {
  const { file, collectedDir } = place;
  const engine = await openWriteSide({ file, tmpDir: `${file}.tmp`, pseudonymKey: "a key for tests" });
  const source = { name: "pings", kind: "cloud-events", description: "", streams: [pings] };
  const { rowsInserted } = await landStream(source, pings, {
    engine,
    collectedDir,
    sourcesDir: dirname(file),
    root: dirname(file),
    control: {} as ReadContext["control"],
    signal: new AbortController().signal,
    runId: "run",
    now: Date.now(),
    full: false,
  });
  return {
    rowsInserted,
    query: (sql) => engine.query(sql),
    [Symbol.asyncDispose]: () => engine[Symbol.asyncDispose](),
  };
}
