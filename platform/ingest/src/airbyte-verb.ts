import { rm, writeFile } from "node:fs/promises";
import type { AirbyteFailure, AirbyteMessage } from "./airbyte-message.ts";
import { type AirbyteCommand, runAirbyte } from "./airbyte-process.ts";
import type { Said } from "./airbyte-said.ts";
import { withoutSecrets } from "./airbyte-secrets.ts";
import { ingestError } from "./errors.ts";
import type { Staging } from "./staged-rows.ts";

export interface AirbyteAsking {
  readonly process: Omit<AirbyteCommand, "hear">;
  readonly said: Said;
  /** JSON text with secrets. */
  readonly config: string;
  /** What errors call the source. */
  readonly place: string;
  readonly staging: Staging;
}

export interface AirbyteInput {
  readonly catalog?: unknown;
  /** The last state message as JSON text. */
  readonly state?: string | undefined;
}

/**
 * Runs one verb of a source. Its files are gone when it ends.
 * @throws MeshError as the source's error message is classified, or `ingest/source-incomplete` for any other bad end
 */
export async function* askAirbyte(
  asking: AirbyteAsking,
  verb: "spec" | "check" | "discover" | "read",
  input: AirbyteInput = {},
): AsyncGenerator<AirbyteMessage, void, void> {
  const { process, config, said, staging } = asking;
  const texts = {
    ...(verb === "spec" ? {} : { config }),
    ...(input.catalog === undefined ? {} : { catalog: JSON.stringify(input.catalog) }),
    ...(input.state === undefined ? {} : { state: stateInput(input.state) }),
  };
  const files: string[] = [];
  const args = [...process.args, verb];
  let failure: AirbyteFailure | undefined;
  try {
    for (const [name, text] of Object.entries(texts)) {
      // Some development kits load them as modules, whose names tell what they are.
      const file = staging.nextFile("json");
      files.push(file);
      args.push(`--${name}`, file);
      await writeFile(file, text, { mode: 0o600, flag: "wx" });
    }
    const messages = runAirbyte({ ...process, args, hear: (text) => said.add(text) });
    let next = await messages.next();
    try {
      for (; !next.done; next = await messages.next()) {
        failure ??= failureIn(next.value, verb);
        if (next.value.kind !== "error") yield next.value;
      }
    } finally {
      await messages.return(null);
    }
    if (failure !== undefined) throw explainFailure(failure, asking);
    if (next.value !== 0) throw badEnd(next.value, asking);
  } finally {
    for (const file of files) await rm(file, { force: true });
  }
}

/** A list of states; what a source of the older form told goes back to it as it is. */
function stateInput(text: string): string {
  const { type, data } = JSON.parse(text) as { type?: string; data?: unknown };
  return data !== undefined && (type === undefined || type === "LEGACY") ? JSON.stringify(data) : `[${text}]`;
}

/** @throws MeshError `ingest/source-refused` with what the source says about its configuration */
export async function checkConnection(asking: AirbyteAsking): Promise<void> {
  let told: Extract<AirbyteMessage, { kind: "connection" }> | undefined;
  for await (const message of askAirbyte(asking, "check")) {
    if (message.kind === "connection") told = message;
  }
  if (told?.succeeded) return;
  throw explainFailure({ type: "config_error", message: told?.message || "it did not say why" }, asking);
}

/** A refused connection is the answer of a check, and the end of a read. */
function failureIn(message: AirbyteMessage, verb: string): AirbyteFailure | undefined {
  if (message.kind === "error") return message.failure;
  if (message.kind === "state") return message.state.failure;
  if (message.kind !== "connection" || message.succeeded || verb !== "read") return undefined;
  return { type: "config_error", message: message.message || "it did not say why" };
}

function badEnd(code: number | null, { place, said }: AirbyteAsking): Error {
  const reason = `${code === null ? "it was killed" : `it exited with ${code}`}${said.end}`;
  return ingestError["source-incomplete"]({ source: place, reason }, { at: { path: place } });
}

const longestReason = 300;

function explainFailure({ type, message }: AirbyteFailure, { config, place }: AirbyteAsking): Error {
  const kinds = {
    config_error: "source-refused",
    transient_error: "source-unreachable",
    system_error: "source-failed",
  } as const;
  const reason = withoutSecrets(message, config).slice(0, longestReason);
  return ingestError[kinds[type] ?? "source-failed"]({ server: place, reason }, { at: { path: place } });
}
