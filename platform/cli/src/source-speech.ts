import { resolve } from "node:path";
import { openPseudonymKey } from "@thoth/access/signing-key";
import { lockHome } from "@thoth/control/home-lock";
import { openControl } from "@thoth/control/open-control";
import { describeConfiguration } from "@thoth/ingest/airbyte-out/describe-source";
import { failureLine } from "@thoth/ingest/airbyte-out/failure-trace";
import { messageLine } from "@thoth/ingest/airbyte-out/protocol-message";
import { chooseStreams, readConfig, type SourceConfig } from "@thoth/ingest/airbyte-out/source-input";
import { type Speech, speakCheck, speakDiscover, speakRead } from "@thoth/ingest/airbyte-out/speak-airbyte";
import type { Source } from "@thoth/ingest/connector";
import { meshHome } from "@thoth/pipeline/mesh-home";
import { openWriteSide } from "@thoth/warehouse/write-side";
import type { Effects } from "./effects.ts";
import { noControl } from "./no-control.ts";
import { scratchFolder } from "./scratch-folder.ts";
import type { Settings } from "./settings.ts";

export const sourceVerbs = ["spec", "check", "discover", "read"] as const;
export type SourceVerb = (typeof sourceVerbs)[number];

export interface SourceAsked {
  readonly settings: Settings;
  readonly effects: Effects;
  /** Files that the command line names. */
  readonly files: { readonly [Name in "config" | "catalog" | "state"]: string | undefined };
}

/** Whatever goes wrong is told in the protocol, because a program listens. */
export async function* speakSource(source: Source, verb: SourceVerb, asked: SourceAsked): Speech {
  const { effects, files } = asked;
  let text = "{}";
  try {
    if (verb === "spec") {
      yield messageLine({ type: "SPEC", spec: describeConfiguration(source) });
      return true;
    }
    const config = await readConfig(files.config, source);
    text = config.text;
    return yield* speakConfigured(source, verb, { ...asked, config });
  } catch (failure) {
    if (effects.signal.aborted) return false;
    yield failureLine(failure, { config: text, now: effects.now() });
    return false;
  }
}

interface Configured extends SourceAsked {
  readonly config: SourceConfig;
}

/** Rows pass through an engine of their own; the mesh's warehouses stay closed. */
async function* speakConfigured(source: Source, verb: Exclude<SourceVerb, "spec">, configured: Configured): Speech {
  const { settings, effects, config, files } = configured;
  const chosen = verb === "read" ? await chooseStreams(source, files) : [];
  await using folder = await scratchFolder();
  const pseudonymKey = await openPseudonymKey(settings.home);
  await using engine = await openWriteSide({ file: `${folder.path}/source.duckdb`, tmpDir: folder.path, pseudonymKey });
  await using control = await openControlFor(source, settings, effects);
  const context = {
    engine,
    sourcesDir: sourcesDirOf(configured),
    root: settings.root,
    checkpoint: undefined,
    now: effects.now(),
    control: control.plane,
    env: { ...effects.env, ...config.secrets },
    signal: effects.signal,
  };
  const speaking = { context, config: config.text, clock: effects.now };
  if (verb === "check") return yield* speakCheck(source, speaking);
  if (verb === "discover") return yield* speakDiscover(source, speaking);
  return yield* speakRead(chosen, speaking);
}

function sourcesDirOf({ config, settings, effects }: Configured): string {
  if (config.sourcesDir !== undefined) return resolve(effects.cwd, config.sourcesDir);
  return meshHome(settings.home, settings.sourcesDir).sourcesDir;
}

/** Only a source that shows the mesh itself needs its control plane, which one process may have open. */
async function openControlFor(source: Source, settings: Settings, { now, pid }: Effects) {
  await using opening = new AsyncDisposableStack();
  if (source.observesMesh !== true) return { plane: noControl, [Symbol.asyncDispose]: async () => undefined };
  opening.use(lockHome(settings.home, { now: now(), pid }));
  const { controlDir: dataDir } = meshHome(settings.home, settings.sourcesDir);
  const { controlUrl: url } = settings;
  const plane = opening.use(await openControl(url === undefined ? { dataDir } : { url }));
  const resources = opening.move();
  return { plane, [Symbol.asyncDispose]: () => resources.disposeAsync() };
}
