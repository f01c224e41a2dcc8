import { readFile, stat } from "node:fs/promises";
import { createSecureContext, type SecureContext } from "node:tls";
import type { TlsFiles } from "@thoth/subgraph/served-sql";
import { gatewayError } from "../errors.ts";

/** The certificate for the connection that begins now. */
export type CurrentTls = () => Promise<SecureContext>;

/**
 * The certificate that the files hold. One that takes its place counts for connections that begin from then on; where the
 * new files cannot be used, the one before goes on.
 * @param onTrouble told once for each state of the files that cannot be used
 * @throws MeshError `gateway/sql-tls-files` when they cannot be used from the beginning
 */
export async function followTlsFiles(files: TlsFiles, onTrouble: (failure: unknown) => void): Promise<CurrentTls> {
  let seen = await stateOf(files);
  let context = await readTlsFiles(files);
  return async () => {
    const state = await stateOf(files);
    if (state === seen) return context;
    seen = state;
    try {
      context = await readTlsFiles(files);
    } catch (failure) {
      onTrouble(failure);
    }
    return context;
  };
}

/** Equal while nobody has written or replaced them. */
async function stateOf({ cert, key }: TlsFiles): Promise<string> {
  const states = [cert, key].map((file) =>
    stat(file).then(
      ({ ino, size, mtimeMs }) => `${ino} ${size} ${mtimeMs}`,
      () => "none",
    ),
  );
  return (await Promise.all(states)).join(", ");
}

async function readTlsFiles({ cert, key }: TlsFiles): Promise<SecureContext> {
  const parts = { cert: await readPem(cert), key: await readPem(key) };
  try {
    return createSecureContext({ ...parts, minVersion: "TLSv1.2" });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw gatewayError["sql-tls-files"]({ file: cert, reason }, { cause, at: { file: cert } });
  }
}

async function readPem(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? String(cause);
    throw gatewayError["sql-tls-files"]({ file, reason }, { cause, at: { file } });
  }
}
