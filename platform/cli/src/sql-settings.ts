import path from "node:path";
import { type Environment, numberFrom, textFrom } from "./environment.ts";
import { cliError } from "./errors.ts";

/** Where SQL is served. */
export interface SqlSettings {
  /** 0 takes any free port. */
  readonly port: number;
  /** Whether somebody asked for that port: if nobody did, the mesh also serves without. */
  readonly isAskedFor: boolean;
  /** Absolute paths of PEM files; undefined: connections are not encrypted. */
  readonly tls: { readonly cert: string; readonly key: string } | undefined;
}

const usualPort = 5433;

/**
 * @param httpPort a mesh that takes any port for HTTP takes any for SQL, too
 * @returns undefined when SQL is switched off
 * @throws MeshError `cli/usage` for a variable that cannot be read
 */
export function sqlSettingsFrom(
  env: Environment,
  {
    configured,
    httpPort,
    root,
  }: { readonly configured: number | "off" | undefined; readonly httpPort: number; readonly root: string },
): SqlSettings | undefined {
  const named = textFrom(env, "MESH_SQL_PORT");
  if ((named ?? configured) === "off") return undefined;
  const asked = numberFrom(env, "MESH_SQL_PORT", { min: 0, max: 65_535, whole: true }) ?? configured;
  const port = typeof asked === "number" ? asked : httpPort === 0 ? 0 : usualPort;
  return { port, isAskedFor: asked !== undefined, tls: tlsFrom(env, root) };
}

function tlsFrom(env: Environment, root: string): SqlSettings["tls"] {
  const [cert, key] = [textFrom(env, "MESH_SQL_TLS_CERT"), textFrom(env, "MESH_SQL_TLS_KEY")];
  if (cert !== undefined && key !== undefined) return { cert: path.resolve(root, cert), key: path.resolve(root, key) };
  if (cert === undefined && key === undefined) return undefined;
  const missing = cert === undefined ? "MESH_SQL_TLS_CERT" : "MESH_SQL_TLS_KEY";
  const problem = `${missing} is missing: a certificate and its key come together`;
  throw cliError.usage({ problem, command: "mesh up" }, { at: { path: missing } });
}
