import { ingestError } from "./errors.ts";

/** Name of an environment variable that holds the secret, or a function that yields it. */
export type SecretSetting = string | (() => string | Promise<string>);

/** @throws MeshError `ingest/missing-setting` naming the variable */
export async function readSecret(setting: SecretSetting): Promise<string> {
  if (typeof setting === "function") return setting();
  const secret = process.env[setting];
  if (secret === undefined || secret === "") {
    throw ingestError["missing-setting"]({ variable: setting }, { at: { path: setting } });
  }
  return secret;
}
