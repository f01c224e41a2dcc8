import { rm, writeFile } from "node:fs/promises";
import type { AirbyteFailure, AirbyteMessage } from "./airbyte-message.ts";
import { type AirbyteCommand, runAirbyte } from "./airbyte-process.ts";
import { ingestError } from "./errors.ts";
import type { Staging } from "./staged-rows.ts";

export interface AirbyteAsking {
  readonly process: AirbyteCommand;
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
  const { process, config, place, staging } = asking;
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
      const file = staging.nextFile();
      files.push(file);
      args.push(`--${name}`, file);
      await writeFile(file, text, { mode: 0o600, flag: "wx" });
    }
    const messages = runAirbyte({ ...process, args });
    let next = await messages.next();
    try {
      for (; !next.done; next = await messages.next()) {
        if (next.value.kind === "error") failure ??= next.value.failure;
        else yield next.value;
      }
    } finally {
      await messages.return(null);
    }
    if (failure !== undefined) throw explainFailure(failure, asking);
    if (next.value !== 0) throw badEnd(next.value, place);
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

function badEnd(code: number | null, place: string): Error {
  const reason = code === null ? "it was killed" : `it exited with ${code}`;
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

const shortestSecret = 4;

/** A source may repeat its configuration in what it says. */
export function withoutSecrets(message: string, config: string): string {
  const values = [...config.matchAll(/:\s*("(?:[^"\\]|\\.)*")/g)].map(([, text = '""']) => String(JSON.parse(text)));
  const secrets = values.filter((value) => value.length >= shortestSecret).sort((a, b) => b.length - a.length);
  return secrets.reduce((text, secret) => text.replaceAll(secret, "***"), message);
}
