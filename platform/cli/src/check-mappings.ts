import { type PendingMapping, pendingMappings } from "@thoth/contract/changeset/pending-mappings";
import type { ReleaseOptions } from "@thoth/contract/changeset/product-change";
import type { Finding } from "@thoth/contract/finding";
import { findMeshError } from "@thoth/kernel/error-chain";
import { authorisePrevious } from "@thoth/pipeline/authorise-mapping";
import { openScratchEngine } from "@thoth/warehouse/scratch-engine";

/** Queries of open changesets that do not give the old major version from the new one. */
export async function findBrokenMappings(root: string, options: ReleaseOptions): Promise<Finding[]> {
  const mappings = await pendingMappings(root, options);
  const findings: Finding[] = [];
  for (const mapping of mappings) {
    const error = await judgeMapping(mapping);
    if (error === undefined) continue;
    const { code, message, hint, at } = error;
    const place = {
      file: at?.file ?? mapping.file,
      line: at?.line ?? 1,
      column: at?.column ?? 1,
      path: at?.path ?? "",
    };
    findings.push({ rule: code, severity: "error", ...place, message, hint });
  }
  return findings;
}

async function judgeMapping({ file, sql, before, after }: PendingMapping) {
  await using engine = await openScratchEngine();
  try {
    const mapping = { table: before.tableName, file, sql };
    await authorisePrevious(engine, { model: after, previous: [{ model: before, mapping }] });
    return undefined;
  } catch (failure) {
    const error = findMeshError(failure);
    if (error === undefined) throw failure;
    return error;
  }
}
