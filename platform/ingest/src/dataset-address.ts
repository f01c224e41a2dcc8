import { posix } from "node:path";
import type { Variables } from "./connector.ts";

/**
 * What a data set is called by everybody, whichever tool tells of it. Holds no user, password or query.
 * @source OpenLineage, naming conventions of data sets: https://openlineage.io/docs/spec/naming
 */
export interface DatasetAddress {
  /** The data source: `postgres://db.example.org:5432`, `s3://exports`, `file`. */
  readonly namespace: string;
  /** What it calls the data set: `ontrack.public.tasks`, `ontrack/tasks.csv`, `/exports/tasks.csv`. */
  readonly name: string;
}

/** What a stream has to know to tell its address. */
export interface AddressContext {
  /** The folder under which relative locations of sources lie, as others call it: an absolute path, or a URL. */
  readonly sources: string;
  readonly env?: Variables | undefined;
}

/** @param server `postgres://db.example.org:5432` @param path database, schema, table */
export function tableAddress(server: string, path: readonly string[]): DatasetAddress {
  return { namespace: server, name: path.join(".") };
}

/**
 * Files of one stream under the sources folder. Many are one data set, so its name is their pattern.
 * @param sources `/exports`, `file://host/exports`, `s3://bucket/exports`, `abfss://container@account/exports`
 */
export function filesAddress(pattern: string, sources: string): DatasetAddress {
  const [, scheme, authority = "", folder = ""] = /^([a-z][a-z0-9+.-]+):\/\/([^/?#]*)([^?#]*)/i.exec(sources) ?? [];
  if (scheme === undefined) return { namespace: "file", name: posix.join(sources.replaceAll("\\", "/"), pattern) };
  const name = posix.join("/", folder, pattern);
  const namespace = authority === "" ? scheme : `${scheme}://${authority}`;
  // A path in a file system begins with a slash, the key of an object does not.
  return { namespace, name: /^(file|hdfs)$/i.test(scheme) ? name : name.slice(1) };
}

/** `https://api.example.org` and `/v1/units`: what is asked behind the path is left out. */
export function httpAddress({ origin, pathname }: URL): DatasetAddress {
  return { namespace: origin, name: pathname };
}
