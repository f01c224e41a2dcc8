import { findMeshError } from "@thoth/kernel/error-chain";
import { formatPlace, type MeshError } from "@thoth/kernel/mesh-error";
import { withoutSecrets } from "../airbyte-secrets.ts";
import { messageLine } from "./protocol-message.ts";

export type FailureType = "config_error" | "transient_error" | "system_error";

/** Failures that somebody has to put right, and those that pass; everything else is ours or the source's fault. */
const types: Readonly<Record<string, FailureType>> = {
  "ingest/no-files": "config_error",
  "ingest/missing-column": "config_error",
  "ingest/missing-setting": "config_error",
  "ingest/missing-table": "config_error",
  "ingest/invalid-connection": "config_error",
  "ingest/invalid-config": "config_error",
  "ingest/invalid-catalog": "config_error",
  "ingest/source-refused": "config_error",
  "ingest/source-command": "config_error",
  "ingest/unfit-cursor": "config_error",
  "ingest/source-unreachable": "transient_error",
  "ingest/source-timeout": "transient_error",
  "control/home-in-use": "transient_error",
};

export interface FailurePlace {
  /** JSON text whose values must not appear. */
  readonly config: string;
  readonly stream?: string;
  /** Epoch ms. */
  readonly now: number;
}

/** One TRACE of type ERROR. A failure that nobody expected is named and not quoted: it may hold values. */
export function failureLine(failure: unknown, { config, stream, now }: FailurePlace): string {
  const expected = findMeshError(failure);
  const message = expected === undefined ? "The source failed in a way it does not know." : describe(expected);
  const internal = expected === undefined ? nameOf(failure) : `${expected.code} ${formatPlace(expected.at)}`.trim();
  const error = {
    message: withoutSecrets(message, config),
    internal_message: withoutSecrets(internal, config),
    failure_type: failureType(expected),
    ...(stream === undefined ? {} : { stream_descriptor: { name: stream } }),
  };
  return messageLine({ type: "TRACE", trace: { type: "ERROR", emitted_at: now, error } });
}

export function describe({ message, hint }: MeshError): string {
  return `${message}. ${hint}`;
}

function failureType(failure: MeshError | undefined): FailureType {
  return types[failure?.code ?? ""] ?? "system_error";
}

function nameOf(failure: unknown): string {
  return failure instanceof Error ? failure.name : typeof failure;
}
