import { readName } from "@thoth/access/secured-sql/offers";
import { openMaskKey } from "@thoth/access/signing-key";
import { describeRetiredMajors } from "@thoth/contract/lifecycle/previous-major";
import type { Domain } from "@thoth/pipeline/domain";
import type { MeshHome } from "@thoth/pipeline/mesh-home";
import type { ServerLog } from "@thoth/subgraph/served-graph";
import type { SqlSource } from "@thoth/subgraph/served-sql";
import type { MeshAccess } from "./mesh-access.ts";
import type { Settings } from "./settings.ts";

export interface SqlParts {
  readonly settings: Settings;
  readonly home: MeshHome;
  readonly domains: readonly Domain[];
  readonly log: ServerLog;
  readonly access: MeshAccess;
}

/**
 * What the SQL port is opened with: an engine of its own, which follows what is published into the home.
 * @returns undefined when SQL is switched off
 */
export async function openSqlSource(parts: SqlParts): Promise<(SqlSource & AsyncDisposable) | undefined> {
  const { settings, home, domains, log, access } = parts;
  if (settings.sql === undefined) return undefined;
  const [{ openLastingSql }, { openSecuredSql }, { followedSnapshots }] = await Promise.all([
    import("@thoth/access/secured-sql/lasting-sql"),
    import("@thoth/access/secured-sql/open-secured-sql"),
    import("@thoth/access/secured-sql/followed-snapshots"),
  ]);
  const products = domains.flatMap(({ loadedProducts }) => loadedProducts);
  const onError = (failure: unknown) => log.error("cannot follow what is published", { error: String(failure) });
  const maskKey = await openMaskKey(home.home);
  const retired = products.flatMap(({ model }) =>
    describeRetiredMajors(settings.root, model).map((old) => ({ model: old, replacement: readName(model) })),
  );
  const open = () =>
    openSecuredSql({
      snapshotDir: home.snapshotsDir,
      tmpDir: home.tmpDir,
      maskKey,
      products,
      snapshots: followedSnapshots(home.snapshotsDir, onError),
      retired,
      log,
    });
  const securedSql = await openLastingSql(open, log);
  const { port, isAskedFor, tls } = settings.sql;
  return {
    host: settings.host,
    port,
    isOptional: !isAskedFor,
    tls,
    tmpDir: home.tmpDir,
    securedSql,
    scramLogin: (user) => access.book.scramVerifier(user),
    [Symbol.asyncDispose]: () => securedSql[Symbol.asyncDispose](),
  };
}
