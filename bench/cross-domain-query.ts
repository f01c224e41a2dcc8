import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { readCurrentSnapshots } from "@thoth/warehouse/current-snapshots";
import type { SqlRow } from "@thoth/warehouse/query-engine";
import { openReadSide } from "@thoth/warehouse/read-side";
import { type BenchMesh, startBenchMesh } from "./bench-mesh.ts";
import { type Comparison, measurePair } from "./measure.ts";

/** The README's question over HTTP, beside one SQL statement that answers the same on the same files. */
export async function benchCrossDomainQuery(root: string): Promise<Comparison[]> {
  await using mesh = await startBenchMesh(root);
  await using readSide = await openReadSide({
    snapshotDir: join(mesh.home, "snapshots"),
    catalogs: ["ontrack_learning", "splashkit_usage", "platform_operations"],
  });
  for (const snapshot of await readCurrentSnapshots(join(mesh.home, "snapshots"))) await readSide.attach(snapshot);
  const query = await readmeQuery(root);
  const ask = () => postQuery(mesh, query);
  const direct = () => readSide.query(sameQuestion);
  requireSameNumbers(await ask(), await direct());
  const [ours, plain] = await measurePair(ask, direct, { runs: 100, warmUp: 10 });
  return [{ name: "the README's cross-domain query over HTTP", ours, direct: plain }];
}

async function readmeQuery(root: string): Promise<string> {
  const text = await readFile(join(root, "README.md"), "utf8");
  const query = /```graphql\n([\s\S]*?)```/.exec(text)?.[1];
  if (query === undefined) throw new Error("README.md has no graphql block");
  return query;
}

interface Answer {
  readonly units: { readonly nodes: readonly UnitAnswer[] };
}

interface UnitAnswer {
  readonly code: string;
  readonly functionUsageAggregate: readonly { readonly sum: { readonly calls: number } }[];
  readonly feedbackTurnaroundAggregate: readonly { readonly sum: { readonly assessed: number | null } }[];
}

async function postQuery({ url }: BenchMesh, query: string): Promise<Answer> {
  const headers = { "content-type": "application/json" };
  const response = await fetch(`${url}/graphql`, { method: "POST", headers, body: JSON.stringify({ query }) });
  const { data, errors } = (await response.json()) as { data: Answer; errors?: unknown };
  if (errors !== undefined) throw new Error(`the query failed: ${JSON.stringify(errors)}`);
  return data;
}

const recent = (column: string) => `${column} >= (now() AT TIME ZONE 'UTC' - INTERVAL 84 DAY)::DATE`;

const sameQuestion = `
WITH calls AS (
  SELECT unit_code, category, sum(calls) AS calls FROM splashkit_usage.product.function_usage
  WHERE ${recent("week_start")} GROUP BY ALL
),
feedback AS (
  SELECT unit_code, sum(assessed) AS assessed, sum(within_warning) AS within_warning
  FROM ontrack_learning.product.feedback_turnaround WHERE ${recent("week")} GROUP BY ALL
),
health AS (
  FROM platform_operations.product.product_health
  WHERE product_id IN ('ontrack-learning/feedback-turnaround', 'splashkit-usage/function-usage')
  ORDER BY day DESC, product_id LIMIT 2
)
SELECT units.code, units.name, any_value(feedback.assessed) AS assessed, any_value(feedback.within_warning) AS within_warning,
       sum(calls.calls) AS calls, list({category: calls.category, calls: calls.calls} ORDER BY calls.calls DESC) AS by_category,
       (SELECT list(health) FROM health) AS health
FROM ontrack_learning.product.units AS units
LEFT JOIN calls ON calls.unit_code = units.code
LEFT JOIN feedback ON feedback.unit_code = units.code
GROUP BY units.code, units.name
ORDER BY units.code`;

/** A comparison of speed means nothing unless both say the same. */
function requireSameNumbers(answer: Answer, rows: readonly SqlRow[]): void {
  const ours = answer.units.nodes.map(({ code, functionUsageAggregate, feedbackTurnaroundAggregate }) => ({
    code,
    calls: functionUsageAggregate.reduce((sum, group) => sum + group.sum.calls, 0),
    assessed: feedbackTurnaroundAggregate[0]?.sum.assessed ?? 0,
  }));
  const direct = rows.map((row) => ({
    code: row.code,
    calls: Number(row.calls ?? 0),
    assessed: Number(row.assessed ?? 0),
  }));
  if (JSON.stringify(ours) === JSON.stringify(direct)) return;
  throw new Error(`the gateway and plain SQL disagree:\n${JSON.stringify(ours)}\n${JSON.stringify(direct)}`);
}
