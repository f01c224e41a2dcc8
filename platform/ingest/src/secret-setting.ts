import type { Source, Variables } from "./connector.ts";
import { ingestError } from "./errors.ts";

/** Name of an environment variable that holds the secret, or a function that yields it. */
export type SecretSetting = string | (() => string | Promise<string>);

/** @throws MeshError `ingest/missing-setting` naming the variable */
export async function readSecret(setting: SecretSetting, env: Variables = process.env): Promise<string> {
  if (typeof setting === "function") return setting();
  const secret = env[setting];
  if (secret === undefined || secret === "") {
    throw ingestError["missing-setting"]({ variable: setting }, { at: { path: setting } });
  }
  return secret;
}

/** The part of a source that names the variables with its secrets. */
export function secretsPart(...settings: readonly (SecretSetting | undefined)[]): Pick<Source, "secrets"> {
  const secrets = settings.filter((setting) => typeof setting === "string");
  return secrets.length === 0 ? {} : { secrets };
}
