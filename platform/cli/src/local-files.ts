import { meshHome } from "@thoth/pipeline/mesh-home";
import type { Effects } from "./effects.ts";
import { openFileSources } from "./file-sources.ts";
import { forwardAccess } from "./forward-access.ts";
import { gatewayOptions } from "./gateway-options.ts";
import { loadDomains } from "./load-domains.ts";
import { openMeshAccess } from "./mesh-access.ts";
import { openMeshAudit } from "./mesh-audit.ts";
import { openPublished } from "./published-reader.ts";
import { createServerLog } from "./server-log.ts";
import type { Settings } from "./settings.ts";
import { openUsageSink } from "./usage-sink.ts";

/** The file port of this process alone, over what is published, on a free port of this machine. */
export interface LocalFiles extends AsyncDisposable {
  readonly url: string;
}

export async function openLocalFiles(settings: Settings, effects: Effects): Promise<LocalFiles> {
  const log = { ...createServerLog(effects), info: () => undefined };
  const home = meshHome(settings.home);
  const domains = await loadDomains(settings);
  const { serveGateway } = await settings.servers();
  await using opening = new AsyncDisposableStack();
  const readSide = opening.use(await openPublished(home, domains, log));
  const usage = opening.use(openUsageSink(settings, home, effects.now));
  const access = opening.use(await openMeshAccess(settings, effects, log));
  const audit = opening.use(openMeshAudit(settings, effects, log));
  const askAccess = forwardAccess(settings, effects);
  const parts = { settings, effects, home, domains, readSide, log, usage, access, audit, askAccess };
  const files = opening.use(await openFileSources(parts));
  const here = { host: "127.0.0.1", port: 0, files };
  const server = opening.use(await serveGateway({ ...(await gatewayOptions(parts)), ...here }));
  const resources = opening.move();
  return { url: server.url, [Symbol.asyncDispose]: () => resources.disposeAsync() };
}
