import { readFile } from "node:fs/promises";
import type { ConnectionOptions, SslOptions } from "mysql2";
import { ingestError } from "./errors.ts";

/** Where a server is and how to get in. */
export interface MariadbAddress {
  /** `mysql://host:port/database`, without user and password. */
  readonly server: string;
  readonly database: string;
  /** Holds the password. */
  readonly config: ConnectionOptions;
}

const connectTimeoutMs = 10_000;
const form = "mysql://user:password@host:3306/database?ssl-mode=VERIFY_IDENTITY";
const parameters = ["ssl-mode", "ssl-ca"];

/**
 * `ssl-mode` is `DISABLED` unless given, `REQUIRED` (encrypted, whoever answers), `VERIFY_CA` or `VERIFY_IDENTITY`;
 * `ssl-ca` names a PEM file, without which the authorities that Node knows count.
 * @throws MeshError `ingest/invalid-connection`, which quotes nothing of the URL but the names of parameters
 */
export async function parseAddress(text: string): Promise<MariadbAddress> {
  const url = parseUrl(text);
  const unknown = [...url.searchParams.keys()].find((name) => !parameters.includes(name));
  if (unknown !== undefined) throw invalid(`has the parameter ${unknown}, which means nothing here`);
  const database = databaseOf(url);
  const host = url.hostname.replace(/^\[|\]$/g, "") || "localhost";
  const port = Number(url.port || 3306);
  const ssl = await parseTls(url.searchParams);
  const config: ConnectionOptions = {
    host,
    port,
    database,
    user: decode(url.username),
    password: decode(url.password),
    charset: "utf8mb4",
    connectTimeout: connectTimeoutMs,
    enableKeepAlive: true,
    keepAliveInitialDelay: 30_000,
    connectAttributes: { program_name: "thoth-mesh" },
    // The server must not be able to ask for files of this machine.
    flags: ["-LOCAL_FILES"],
    ...(ssl === undefined ? {} : { ssl }),
  };
  return { server: `mysql://${url.hostname || "localhost"}:${port}/${database}`, database, config };
}

/**
 * Where a connection leads, without user and password: `mysql://db.example.org:3306` and the database.
 * @throws MeshError `ingest/invalid-connection`
 */
export function dataSourceOf(text: string): { readonly server: string; readonly database: string } {
  const url = parseUrl(text);
  return {
    server: `mysql://${url.hostname.toLowerCase() || "localhost"}:${url.port || 3306}`,
    database: databaseOf(url),
  };
}

function parseUrl(text: string): URL {
  if (!URL.canParse(text)) throw invalid("is not a URL");
  const url = new URL(text);
  if (/^(mysql|mariadb):$/.test(url.protocol)) return url;
  throw invalid("does not begin with mysql:// or mariadb://");
}

function databaseOf({ pathname }: URL): string {
  const database = decode(pathname.slice(1));
  if (database === "") throw invalid("names no database");
  return database;
}

async function parseTls(settings: URLSearchParams): Promise<SslOptions | undefined> {
  const mode = settings.get("ssl-mode")?.toUpperCase() ?? "DISABLED";
  const caFile = settings.get("ssl-ca");
  const ca = caFile === null ? {} : { ca: await readAuthority(caFile) };
  switch (mode) {
    case "DISABLED":
      if (caFile !== null) throw invalid("has ssl-ca without ssl-mode");
      return undefined;
    case "REQUIRED":
      return { ...ca, rejectUnauthorized: false };
    case "VERIFY_CA":
      return { ...ca, rejectUnauthorized: true };
    case "VERIFY_IDENTITY":
      return { ...ca, rejectUnauthorized: true, verifyIdentity: true };
    default:
      throw invalid("has an ssl-mode that is none of DISABLED, REQUIRED, VERIFY_CA and VERIFY_IDENTITY");
  }
}

function readAuthority(file: string): Promise<string> {
  return readFile(file, "utf8").catch(() => {
    throw invalid(`names ${file} as ssl-ca, which cannot be read`);
  });
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalid("holds a percent sign that encodes nothing");
  }
}

function invalid(problem: string): Error {
  return ingestError["invalid-connection"]({ problem, form });
}
