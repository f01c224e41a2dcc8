import { readFile } from "node:fs/promises";
import { createSecureContext, type SecureContext } from "node:tls";
import type { TlsFiles } from "@thoth/subgraph/served-sql";
import { gatewayError } from "../errors.ts";

/** @throws MeshError `gateway/sql-tls-files` */
export async function readTlsFiles({ cert, key }: TlsFiles): Promise<SecureContext> {
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
