import type { ControlPlane } from "@thoth/control/open-control";
import type { WriteSide } from "@thoth/warehouse/write-side";

/** Position in a source after which everything still has to be read. Plain JSON; only its connector understands it. */
export type Checkpoint = Readonly<Record<string, unknown>>;

export interface ReadContext {
  /** The domain's write side: connectors that read files let the engine read them. */
  readonly engine: WriteSide;
  /** Absolute folder under which relative locations of sources lie. */
  readonly sourcesDir: string;
  /** Absolute root of the repository, where `contracts/` lies. */
  readonly root: string;
  /** What the last durable load of this stream stored; undefined on the first run and with `--full`. */
  readonly checkpoint: Checkpoint | undefined;
  /** For sources that show the mesh itself. */
  readonly control: ControlPlane;
  readonly signal: AbortSignal;
}

/** One portion of a stream that becomes durable together with its checkpoint. */
export interface Batch {
  readonly data: RelationData | RowData;
  /**
   * What of the stream the rows stand for: `all` replaces its whole content, `sources` replaces what earlier
   * came from the same `_source` values, `new` adds.
   */
  readonly replaces: "all" | "new" | { readonly sources: readonly string[] };
  /** Size of what was read from the source, bytes; 0 when it has none. */
  readonly bytes: number;
  /** To be stored in the same transaction as the rows. */
  readonly checkpoint: Checkpoint;
  /** Given by a stream with the column `_deleted_at`: rows of all other keys are marked there, in the same transaction. */
  readonly present?: PresentKeys;
}

/** The keys of all rows that the source holds at one moment. */
export interface PresentKeys {
  /** Raw column that holds the key. */
  readonly column: string;
  /** Yields that column. */
  readonly keys: RelationData;
}

/** Rows that the engine itself produces: a SELECT that yields the stream's columns and `_source`. Nothing crosses the event loop. */
export interface RelationData {
  readonly kind: "relation";
  readonly sql: string;
  /** Turns the engine's failure into one that names the place in the source. */
  readonly explain: (failure: unknown) => unknown;
}

/** Rows that arrive in JavaScript, columns in the stream's order. */
export interface RowData {
  readonly kind: "rows";
  /** Lands in `_source`. */
  readonly source: string;
  readonly rows: readonly (readonly unknown[])[];
}

export interface StreamColumn {
  readonly name: string;
  /** DuckDB type of the raw column. */
  readonly type: string;
  /** Name in the source; absent when the connector makes the column up from what it reads. */
  readonly from?: string;
  /** Stored as a keyed hash. */
  readonly pseudonymise?: boolean;
}

/** One table of a source; it lands in `raw.<name>`. */
export interface Stream {
  readonly name: string;
  readonly columns: readonly StreamColumn[];
  /** Column with event time, for the watermark; absent means that the moment of reading counts. */
  readonly eventTime?: string;
  read(context: ReadContext): AsyncIterable<Batch>;
}

/** A system that data comes from: the OnTrack database, its log, a folder of events. */
export interface Source {
  readonly name: string;
  /** What it is, for the catalog: `files`, `rails-log`, `ga4`, `control-plane`. */
  readonly kind: string;
  readonly description: string;
  readonly streams: readonly Stream[];
  /** True when the source shows the mesh itself, so that its domain runs after the domains it observes. */
  readonly observesMesh?: boolean;
}
