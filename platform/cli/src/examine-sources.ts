import { existsSync } from "node:fs";
import { join } from "node:path";
import { checkSource } from "@thoth/ingest/airbyte-out/check-source";
import type { Source } from "@thoth/ingest/connector";
import { meshHome } from "@thoth/pipeline/mesh-home";
import { openWriteSide } from "@thoth/warehouse/write-side";
import { countOf } from "./count-text.ts";
import type { Effects } from "./effects.ts";
import { loadDomains } from "./load-domains.ts";
import { noControl } from "./no-control.ts";
import { scratchFolder } from "./scratch-folder.ts";
import type { Settings } from "./settings.ts";
import { examine, type Symptom } from "./symptom.ts";

/** Whether every source of every domain could be read now: files, servers and their columns, connectors and their configuration. */
export async function* examineSources(
  settings: Settings,
  { env, signal, now }: Effects,
): AsyncGenerator<Symptom, void, void> {
  const { sourcesDir } = meshHome(settings.home, settings.sourcesDir);
  if (!existsSync(sourcesDir)) return;
  const sources: { readonly what: string; readonly source: Source }[] = [];
  yield await examine("domains", async () => {
    const domains = await loadDomains(settings);
    for (const { name, sources: own } of domains) {
      for (const source of own) sources.push({ what: `source ${name}/${source.name}`, source });
    }
    return { state: "good", finding: `${countOf(domains.length, "domain")}, ${countOf(sources.length, "source")}` };
  });
  await using folder = await scratchFolder();
  await using engine = await openWriteSide({
    file: join(folder.path, "check.duckdb"),
    tmpDir: folder.path,
    pseudonymKey: "for checks alone",
  });
  const settled = { sourcesDir, root: settings.root, checkpoint: undefined, now: now(), control: noControl };
  const context = { ...settled, engine, env, signal };
  // The control plane has been examined by itself.
  for (const { what, source } of sources.filter((one) => one.source.observesMesh !== true)) {
    signal.throwIfAborted();
    yield await examine(what, async () => {
      await checkSource(source, context);
      return { state: "good", finding: `${countOf(source.streams.length, "stream")} of ${source.kind}` };
    });
  }
}
