import type { ControlPlane } from "@thoth/control/open-control";
import type { WriteSide } from "@thoth/warehouse/write-side";
import type { Intake } from "./collector/intake.ts";
import type { AddressContext, DatasetAddress } from "./dataset-address.ts";
import type { Misfits } from "./sifted-rows.ts";

/** Position in a source after which everything still has to be read. Plain JSON; only its connector understands it. */
export type Checkpoint = Readonly<Record<string, unknown>>;

export type Variables = Readonly<Record<string, string | undefined>>;

export interface ReadContext {
  /** The domain's write side: connectors that read files let the engine read them. */
  readonly engine: WriteSide;
  /** Absolute folder under which relative locations of sources lie. */
  readonly sourcesDir: string;
  /** Absolute root of the repository, where `contracts/` lies. */
  readonly root: string;
  /** Absolute folder in which the collector keeps the domain's events; absent where nothing is collected. */
  readonly collectedDir?: string;
  /** Absolute folder of the mesh's audit trail; absent where there is none. */
  readonly auditDir?: string;
  /** What the last durable load of this stream stored; undefined on the first run and with `--full`. */
  readonly checkpoint: Checkpoint | undefined;
  /** When the run began, epoch ms. */
  readonly now: number;
  /** The engine's raw table holds what earlier runs gave, so it tells what of the source is not there. */
  readonly landsHere?: boolean;
  /** Adds a line to the log of the run; never a secret. */
  readonly log?: (level: "info" | "warning" | "error", message: string) => Promise<void>;
  /** For sources that show the mesh itself. */
  readonly control: ControlPlane;
  /** Where secrets are looked up by the name of their variable; the process's environment unless given. */
  readonly env?: Variables | undefined;
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
  /** What the connector itself counted on the way, where it saw the rows one by one; landing holds the engine against it. */
  readonly handed?: HandedRows;
  /** All columns that the source has, or of JSON the keys that were read, declared or not, where the connector sees them. */
  readonly seen?: readonly SeenColumn[];
  /** Rows that `sql` leaves out because a value does not fit its column, where the stream does without a few. */
  readonly misfits?: Misfits;
  /** Turns the engine's failure into one that names the place in the source. */
  readonly explain: (failure: unknown) => unknown;
  /** Adds the line to what `explain` made of a failure, where reading again tells it; for after the batch was undone. */
  readonly locate?: (failure: unknown) => Promise<unknown>;
}

/** A column as the source has it. */
export interface SeenColumn {
  readonly name: string;
  /** As the source spells it; absent where it has no types. Of a key of JSON, the type of one value. */
  readonly type?: string;
  /** Rows may lack it: that it is not among those just read does not mean that the source has lost it. */
  readonly sometimes?: boolean;
  /** File or address where it was first seen, as far as that is known. */
  readonly where?: string;
}

export interface HandedRows {
  readonly rows: number;
  /** SELECT of `count` for as many as the engine finds, where `sql` leaves out rows that have landed before. */
  readonly countSql?: string;
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

/** A part of event time, epoch ms: from the first moment up to the second, which is not in it. */
export interface EventTimeRange {
  readonly from: number;
  readonly until: number;
}

/** Reads a part of a stream again whose rows land once for each of their versions. */
export interface PartReading {
  /** Raw column of times by which a row belongs to its part. */
  readonly by: string;
  /** Raw column that tells rows apart, the same in all versions of one. */
  readonly key: string;
  /** Raw column that grows with each version of a row. */
  readonly version: string;
  /**
   * The rows of a range as the source has them now; some beside it may come, too. Where the source can tell the keys of
   * all of its rows, the last batch has `present`.
   */
  read(context: ReadContext, range: EventTimeRange): AsyncIterable<Batch>;
}

/** One table of a source; it lands in `raw.<name>`. */
export interface Stream {
  readonly name: string;
  readonly columns: readonly StreamColumn[];
  /** Column with event time, for the watermark; absent means that the moment of reading counts. */
  readonly eventTime?: string;
  /** What the collector takes in for it. */
  readonly intake?: Intake;
  /** `replace`: a load always yields everything. `append`, and when absent: only what has come since. */
  readonly mode?: "append" | "replace";
  /** Whether the source still holds every row that it ever gave, as it gave it: a part of it can then be read again. */
  readonly keepsHistory?: boolean;
  /**
   * Reads it as `keepsHistory` promises into a table of `raw`, where `read` leaves out what has landed already; `read`
   * without a checkpoint does it when this is absent.
   */
  readHistory?(context: ReadContext, aside: string): AsyncIterable<Batch>;
  /** How a part of it is read again from a source that holds its rows only as they are now; absent where it cannot be. */
  readonly parts?: PartReading;
  /** Why there are no `parts`, as the end of a sentence about the stream. */
  readonly unparted?: string;
  /** Columns that tell its rows apart, where the declaration says so. */
  readonly key?: readonly string[];
  read(context: ReadContext): AsyncIterable<Batch>;
  /**
   * Whether it could be read now, without reading it: reaches the source, logs in, looks for the columns.
   * Absent where the first batch costs no more than that.
   * @throws MeshError as `read` would
   */
  check?(context: ReadContext): Promise<void>;
  /**
   * What everybody calls the data that it reads; absent where only the mesh has it, or where its connector does not
   * learn that. May fail where a setting is missing.
   */
  address?(context: AddressContext): Promise<DatasetAddress>;
}

/** A system that data comes from: the OnTrack database, its log, a folder of events. */
export interface Source {
  readonly name: string;
  /** What it is, for the catalog: `files`, `rails-log`, `ga4`, `control-plane`. */
  readonly kind: string;
  readonly description: string;
  readonly streams: readonly Stream[];
  /** Environment variables that hold its secrets. */
  readonly secrets?: readonly string[];
  /** True when the source shows the mesh itself, so that its domain runs after the domains it observes. */
  readonly observesMesh?: boolean;
}
