import { existsSync } from "node:fs";
import path from "node:path";
import type { Rate } from "@thoth/kernel/token-bucket";
import { defaultRates, type IntrospectionPolicy, type PortPolicy } from "@thoth/subgraph/port-policy";
import { choiceFrom, type Environment, flagFrom, numberFrom, originsFrom, textFrom } from "./environment.ts";

/** What `mesh.config.ts` says of the GraphQL port. */
export interface PortConfig {
  /** Who may ask for the schema; everybody unless said. */
  readonly introspection?: IntrospectionPolicy;
  /** Other sites whose pages may ask: `https://app.example`. */
  readonly origins?: readonly string[];
  /** Folder of documents that are known by an id, relative to the file; `documents` unless said. */
  readonly documents?: string;
  /** True answers no others. */
  readonly documentsOnly?: boolean;
  /** Proxies in front whose `x-forwarded-for` is believed. */
  readonly trustedProxies?: number;
}

/** The port's policy as far as somebody has said it, without the documents themselves. */
export interface PortSettings {
  readonly policy: Partial<Omit<PortPolicy, "documents">>;
  /** Absolute; undefined when there is none. */
  readonly documentsDir: string | undefined;
}

const introspectionPolicies = [
  "everybody",
  "authenticated",
  "nobody",
] as const satisfies readonly IntrospectionPolicy[];

/** @throws MeshError `cli/usage` for a variable that cannot be read */
export function portSettingsFrom(config: PortConfig, env: Environment, root: string): PortSettings {
  const introspection = choiceFrom(env, "MESH_INTROSPECTION", introspectionPolicies) ?? config.introspection;
  const documentsOnly = flagFrom(env, "MESH_DOCUMENTS_ONLY") ?? config.documentsOnly;
  const trustedProxies =
    numberFrom(env, "MESH_TRUSTED_PROXIES", { min: 0, max: 10, whole: true }) ?? config.trustedProxies;
  return {
    policy: {
      ...(introspection !== undefined && { introspection }),
      ...(documentsOnly !== undefined && { documentsOnly }),
      ...(trustedProxies !== undefined && { trustedProxies }),
      origins: originsFrom(env, "MESH_ORIGINS") ?? config.origins ?? [],
      ...ratesFrom(env),
    },
    documentsDir: documentsDir(textFrom(env, "MESH_DOCUMENTS") ?? config.documents, root),
  };
}

/** One that is named has to be there; the usual one may be missing. */
function documentsDir(named: string | undefined, root: string): string | undefined {
  const folder = path.resolve(root, named ?? "documents");
  return named !== undefined || existsSync(folder) ? folder : undefined;
}

/** Seconds of the long run that may be used up at once. */
const burstSeconds = { requests: 10, values: 20 } as const;

/** 0 is without end. */
function ratesFrom(env: Environment): Pick<Partial<PortPolicy>, "rates"> {
  const requests = rateFrom(env, "MESH_RATE_REQUESTS", { most: 100_000, seconds: burstSeconds.requests });
  const values = rateFrom(env, "MESH_RATE_VALUES", { most: 1e12, seconds: burstSeconds.values });
  if (requests === undefined && values === undefined) return {};
  return { rates: { ...defaultRates, ...(requests && { requests }), ...(values && { values }) } };
}

function rateFrom(
  env: Environment,
  name: string,
  { most, seconds }: { readonly most: number; readonly seconds: number },
): Rate | undefined {
  const perSecond = numberFrom(env, name, { min: 0, max: most });
  if (perSecond === undefined) return undefined;
  return perSecond === 0 ? endless : { perSecond, burst: Math.max(1, perSecond * seconds) };
}

const endless: Rate = { perSecond: Number.MAX_SAFE_INTEGER, burst: Number.MAX_SAFE_INTEGER };
