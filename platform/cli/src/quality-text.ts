import type { ColumnProfile, ProductProfile, QualityResult } from "@thoth/control/quality-record";
import type { RejectedRow } from "@thoth/pipeline/quality/quarantine";
import type { QualityQuestion, QualityReport } from "@thoth/pipeline/quality/read-quality";
import { countOf } from "./count-text.ts";
import { isoTime } from "./iso-times.ts";
import { shownText } from "./shown-text.ts";
import { formatTable } from "./text-table.ts";

/** For programs: times in ISO 8601; parts that were not asked for are absent. */
export function qualityJson({ results, profiles, rejected }: QualityReport, question: QualityQuestion): object {
  return {
    results: results.map(({ judgedAt, ...result }) => ({ ...result, judgedAt: isoTime(judgedAt) })),
    ...(question.profile && {
      profiles: profiles.map(({ profiledAt, ...profile }) => ({ ...profile, profiledAt: isoTime(profiledAt) })),
    }),
    ...(question.rejected && {
      rejected: rejected.map(({ rejectedAt, ...row }) => ({ ...row, rejectedAt: isoTime(rejectedAt) })),
    }),
  };
}

export function qualityText({ results, profiles, rejected }: QualityReport, question: QualityQuestion): string {
  const sections = [
    ...(question.history ? historyText(results) : resultsText(results)),
    ...profiles.map(profileText),
    ...(question.rejected ? [rejectedText(rejected)] : []),
  ];
  return sections.length === 0 ? "No audit is on record. mesh run audits what it publishes." : sections.join("\n\n");
}

function resultsText(results: readonly QualityResult[]): string[] {
  const runs = Map.groupBy(results, ({ runId, product, domain }) =>
    product === null ? domain : `${runId} ${product}`,
  );
  return [...runs.values()].map((own) => {
    const [first] = own;
    if (first === undefined) return "";
    const { domain, product, contractVersion, runId, judgedAt } = first;
    const what = product === null ? `${domain}, from source to product` : `${domain}/${product} ${contractVersion}`;
    const head = product === null ? [] : [`  run ${runId}, ${isoTime(judgedAt)}`];
    return [`${what}: ${tally(own)}`, ...head, ...byDimension(own)].join("\n");
  });
}

/** `12 kept, 1 broken, 2 warned` */
function tally(results: readonly QualityResult[]): string {
  const failed = (severity: QualityResult["severity"]) =>
    results.filter((result) => result.status === "failed" && result.severity === severity).length;
  const parts: readonly (readonly [number, string])[] = [
    [results.filter(({ status }) => status === "passed").length, "kept"],
    [failed("error"), "broken"],
    [failed("warning"), "warned"],
    [failed("info"), "remarked"],
    [results.filter(({ status }) => status === "not-run").length, "not judged"],
  ];
  const told = parts.filter(([count]) => count > 0).map(([count, word]) => `${count} ${word}`);
  return told.length === 0 ? "nothing was judged" : told.join(", ");
}

/** What holds is counted; what does not is shown. */
function byDimension(results: readonly QualityResult[]): string[] {
  const groups = Map.groupBy(results, ({ dimension }) => dimension);
  return [...groups]
    .toSorted(([a], [b]) => a.localeCompare(b))
    .flatMap(([dimension, own]) => {
      const kept = own.filter(({ status }) => status === "passed").length;
      const rest = own.filter(({ status, kind }) => status !== "passed" || kind === "reconciliation");
      return [
        `  ${dimension}: ${kept} of ${own.length} kept`,
        ...rest.map((result) => `    ${shownText(resultLine(result))}`),
      ];
    });
}

function resultLine({ status, severity, says, measured, expected, checkId, kind }: QualityResult): string {
  if (kind === "reconciliation" && status === "passed") return `✓  ${says}: ${measured} = ${expected}`;
  if (status === "not-run") return `–  ${says} [${checkId}]: ${measured ?? "nobody judges it here"}`;
  return `${signs[severity]}  ${says} [${checkId}]: ${measured ?? "nothing to measure"}, ${expected ?? ""}`;
}

const signs = { error: "✗", warning: "!", info: "·" } as const;

function historyText(results: readonly QualityResult[]): string[] {
  const failed = results.filter(({ status }) => status === "failed");
  if (failed.length === 0) return results.length === 0 ? [] : ["Nothing has failed in the runs that are remembered."];
  const rows = failed.map(({ judgedAt, domain, product, checkId, severity, measured, expected, runId }) => ({
    when: isoTime(judgedAt).slice(0, 19).replace("T", " "),
    product: product === null ? domain : `${domain}/${product}`,
    check: checkId,
    severity,
    measured: measured ?? "",
    expected: expected ?? "",
    run: runId,
  }));
  return [formatTable(rows)];
}

function profileText({
  domain,
  product,
  rowCount,
  sampledRows,
  columns,
  profiledAt,
  durationMs,
}: ProductProfile): string {
  const sampled = sampledRows === rowCount ? "" : `, quantiles and top values of a sample of ${sampledRows}`;
  const head = `${domain}/${product}: ${countOf(rowCount, "row")}, profiled ${isoTime(profiledAt)} in ${Math.round(durationMs)} ms${sampled}`;
  return `${head}\n${formatTable(columns.map((column) => profileRow(column, rowCount)))}`;
}

function profileRow(
  { name, nulls, distinct, minimum, maximum, mean, quantiles, top }: ColumnProfile,
  rowCount: number,
) {
  return {
    column: name,
    nulls: rowCount === 0 ? "" : `${((100 * nulls) / rowCount).toFixed(1)} %`,
    distinct: distinct ?? "",
    min: minimum ?? "",
    median: quantiles?.[2] === undefined ? "" : rounded(quantiles[2]),
    mean: mean === undefined ? "" : rounded(mean),
    max: maximum ?? "",
    "most frequent": top?.map(({ value, count }) => `${value} (${count})`).join(", ") ?? "",
  };
}

function rounded(value: number): string {
  return String(Number(value.toPrecision(4)));
}

function rejectedText(rows: readonly RejectedRow[]): string {
  if (rows.length === 0) return "No rejected rows are kept.";
  const lines = rows.map(({ product, row, rules, reasons }) => {
    const why = reasons.map((reason, index) => `    ${shownText(`${reason} [${rules[index]}]`)}`);
    return [`${product}  ${shownText(JSON.stringify(row))}`, ...why].join("\n");
  });
  return [
    `${countOf(rows.length, "rejected row")}, of run ${[...new Set(rows.map(({ runId }) => runId))].join(", ")}`,
    ...lines,
  ].join("\n");
}
