import path from "node:path";
import { cliError } from "./errors.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** A variable that is set to nothing counts as not set. */
export function textFrom(env: Environment, name: string): string | undefined {
  return env[name]?.trim() || undefined;
}

/** @throws MeshError `cli/usage` */
export function numberFrom(
  env: Environment,
  name: string,
  { min, max, whole = false }: { min: number; max: number; whole?: boolean },
): number | undefined {
  const text = textFrom(env, name);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (value >= min && value <= max && (!whole || Number.isInteger(value))) return value;
  throw refuse(name, `${JSON.stringify(text)}, which is no ${whole ? "whole " : ""}number from ${min} to ${max}`);
}

/** @returns epoch ms. @throws MeshError `cli/usage` */
export function timeFrom(env: Environment, name: string): number | undefined {
  const text = textFrom(env, name);
  if (text === undefined) return undefined;
  const time = Date.parse(text);
  if (!Number.isNaN(time)) return time;
  throw refuse(name, `${JSON.stringify(text)}, which is no time such as 2026-03-02T00:00:00Z`);
}

/** The URL may hold a secret, so it is not repeated. @throws MeshError `cli/usage` */
export function urlFrom(env: Environment, name: string): string | undefined {
  const text = textFrom(env, name);
  if (text === undefined || (/^https?:/.test(text) && URL.canParse(text))) return text;
  throw refuse(name, "no URL that begins with http:// or https://");
}

/**
 * What others call a folder. It is shown to them, so it may hold no secret; it may hold one by mistake, and is not repeated.
 * @param name where the text stands
 * @throws MeshError `cli/usage`
 */
export function folderNameFrom(text: string | undefined, name: string): string | undefined {
  if (text === undefined || (path.isAbsolute(text) && !text.startsWith("//"))) return text;
  const url = /^[a-z][a-z0-9+.-]+:\/\//i.test(text) && URL.canParse(text) ? new URL(text) : undefined;
  // There the part before the @ names a container.
  const hasUser = url !== undefined && url.username !== "" && !/^(abfss?|wasbs?):$/.test(url.protocol);
  if (url?.password === "" && url.search === "" && url.hash === "" && !hasUser) return text;
  throw refuse(
    name,
    "neither an absolute path nor a URL such as s3://bucket/folder without a user, a password and a query",
  );
}

/** @throws MeshError `cli/usage` */
export function jsonFrom(env: Environment, name: string): unknown {
  const text = textFrom(env, name);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw refuse(name, "no JSON");
  }
}

/** @throws MeshError `cli/usage` */
export function choiceFrom<const Choice extends string>(
  env: Environment,
  name: string,
  choices: readonly Choice[],
): Choice | undefined {
  const text = textFrom(env, name);
  const choice = choices.find((one) => one === text);
  if (text === undefined || choice !== undefined) return choice;
  throw refuse(name, `${JSON.stringify(text)}, which is none of ${choices.join(", ")}`);
}

/** `1` or `true`, `0` or `false`. @throws MeshError `cli/usage` */
export function flagFrom(env: Environment, name: string): boolean | undefined {
  const choice = choiceFrom(env, name, ["1", "true", "0", "false"]);
  return choice === undefined ? undefined : choice === "1" || choice === "true";
}

/** `https://app.example,http://localhost:3000`: what browsers call origins. @throws MeshError `cli/usage` */
export function originsFrom(env: Environment, name: string): string[] | undefined {
  const origins = textFrom(env, name)
    ?.split(",")
    .map((each) => each.trim())
    .filter(Boolean);
  const wrong = origins?.find((origin) => !/^https?:/.test(origin) || URL.parse(origin)?.origin !== origin);
  if (wrong === undefined) return origins;
  throw refuse(name, `${JSON.stringify(wrong)}, which is no origin such as https://app.example`);
}

/**
 * `MESH_SUBGRAPHS=splashkit-usage=http://127.0.0.1:4101/graphql,other=…`
 * @throws MeshError `cli/usage`
 */
export function remotesFrom(env: Environment): Record<string, string> {
  const entries = (textFrom(env, "MESH_SUBGRAPHS") ?? "").split(",").map((entry) => entry.trim());
  return Object.fromEntries(entries.filter((entry) => entry !== "").map(parseRemote));
}

function parseRemote(entry: string): [string, string] {
  const [, domain, url] = /^([a-z][a-z0-9-]*)=(https?:\/\/\S+)$/.exec(entry) ?? [];
  if (domain !== undefined && url !== undefined && URL.canParse(url)) return [domain, url];
  throw refuse("MESH_SUBGRAPHS", `${JSON.stringify(entry)}, which is not <domain>=<http url>`);
}

function refuse(name: string, problem: string): Error {
  return cliError.usage({ problem: `${name} is ${problem}`, command: "mesh" }, { at: { path: name } });
}
