/** Where in the reader's own material a problem sits: a file they wrote, a line they can open. */
export interface Place {
  readonly file?: string;
  /** 1-based. */
  readonly line?: number;
  /** 1-based, in UTF-16 code units. */
  readonly column?: number;
  /** A logical path when there is no file, such as `units.where.code` or `MESH_PORT`. */
  readonly path?: string;
}

export interface ErrorText {
  readonly message: string;
  /** What to do about it, in one or two sentences. */
  readonly hint: string;
  /** Given when the same request may succeed later: how long to wait, milliseconds. */
  readonly retryAfterMs?: number;
}

export interface ErrorContext {
  readonly at?: Place;
  readonly cause?: unknown;
}

/** An expected failure: it has a frozen code, says where it happened and what to do. Bugs stay plain `Error`. */
export class MeshError extends Error {
  override readonly name = "MeshError";
  /** `<package>/<what>`, such as `contract/unknown-column`. Frozen once released. */
  readonly code: string;
  readonly hint: string;
  readonly at: Place | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(code: string, text: ErrorText, context: ErrorContext = {}) {
    super(text.message, context.cause === undefined ? undefined : { cause: context.cause });
    this.code = code;
    this.hint = text.hint;
    this.at = context.at;
    this.retryAfterMs = text.retryAfterMs;
  }
}

// biome-ignore lint/suspicious/noExplicitAny: each row of the table names its own parameter type
type ErrorTable = Record<string, (params: any) => ErrorText>;

type ErrorFactories<Table extends ErrorTable> = {
  readonly [Name in keyof Table]: (params: Parameters<Table[Name]>[0], context?: ErrorContext) => MeshError;
};

/** One table of errors per package: `slo` and `target-out-of-range` make the code `slo/target-out-of-range`. */
export function defineErrors<const Table extends ErrorTable>(namespace: string, table: Table): ErrorFactories<Table> {
  const factories: Record<string, (params: unknown, context?: ErrorContext) => MeshError> = {};
  for (const [name, text] of Object.entries(table)) {
    factories[name] = (params, context) => new MeshError(`${namespace}/${name}`, text(params), context);
  }
  return factories as ErrorFactories<Table>;
}

export function isMeshError(value: unknown): value is MeshError {
  return value instanceof MeshError;
}

/** `file:line:column`, as far as known; empty when nothing is. */
export function formatPlace(place: Place | undefined): string {
  if (place === undefined) return "";
  const spot = [place.file ?? place.path, place.line, place.column].filter((part) => part !== undefined);
  return spot.join(":");
}

/** The four lines every port shows for an expected failure: code, what, where, what to do. */
export function formatMeshError(error: MeshError): string {
  const place = formatPlace(error.at);
  return [`${error.code}: ${error.message}`, ...(place ? [`  at   ${place}`] : []), `  hint ${error.hint}`].join("\n");
}
