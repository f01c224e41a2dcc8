import { majorOf } from "@thoth/kernel/major-names";
import { ownProperties, type Part } from "../contract-parts.ts";
import { promiseWord } from "../describe-promises.ts";
import type { DocumentPath, Report } from "../finding.ts";
import type { CustomProperty, DataContract, SchemaObject } from "../generated/odcs.ts";
import { lifecycleWords as words } from "./lifecycle-words.ts";
import { readDate } from "./written-date.ts";

/** Announcements of an end that cannot be meant: dates that are none or in the wrong order, majors that are not earlier. */
export function checkLifecycle(contract: DataContract, object: Part<SchemaObject>, report: Report): void {
  const owners = [{ path: [], value: contract }, object, ...ownProperties(object)];
  for (const { path, value } of owners) checkEnd(announced(path, value.customProperties), report);
  for (const [index, { property, value }] of (contract.slaProperties ?? []).entries()) {
    if (promiseWord(property) === words.until) checkDate({ path: ["slaProperties", index, "value"], value }, report);
  }
  const previous = announced([], contract.customProperties).get(words.previousMajors);
  if (previous !== undefined) checkPrevious(previous, majorOf(contract.version), report);
}

interface Written {
  readonly path: DocumentPath;
  readonly value: unknown;
}

/** Word → what is written for it. */
type Announced = ReadonlyMap<string, Written>;

function announced(path: DocumentPath, customProperties: readonly CustomProperty[] = []): Announced {
  return new Map(
    customProperties.map(({ property, value }, index) => [
      property,
      { path: [...path, "customProperties", index, "value"], value },
    ]),
  );
}

function checkEnd(written: Announced, report: Report): void {
  const [since, until] = [written.get(words.since), written.get(words.until)];
  for (const date of [since, until]) if (date !== undefined) checkDate(date, report);
  const [from, to] = [readDate(since?.value), readDate(until?.value)];
  if (until !== undefined && from !== undefined && to !== undefined && to < from)
    report(until.path, {
      rule: "house-lifecycle-date",
      message: `It would end on ${until.value}, before it is announced on ${since?.value}`,
      hint: "Let the end be later than the announcement; readers are given 90 days and more.",
    });
  const windows = written.get(words.brownOuts);
  if (windows !== undefined) checkWindows(windows, report);
}

function checkDate({ path, value }: Written, report: Report): void {
  if (readDate(value) !== undefined) return;
  const message = `${JSON.stringify(value)} is no date`;
  const hint = 'Write "2027-02-20", or "2027-02-20T09:00:00Z" with a zone.';
  report(path, { rule: "house-lifecycle-date", message, hint });
}

function checkWindows({ path, value }: Written, report: Report): void {
  const windows: readonly unknown[] = Array.isArray(value) ? value : [value];
  for (const [index, window] of windows.entries()) {
    const [from, to] = isRecord(window) ? [readDate(window.from), readDate(window.to)] : [];
    if (from !== undefined && to !== undefined && from < to) continue;
    report(Array.isArray(value) ? [...path, index] : path, {
      rule: "house-lifecycle-window",
      message: "A brown-out needs an instant it begins at and a later one it ends at",
      hint: 'Write { from: "2027-02-01T09:00:00Z", to: "2027-02-01T11:00:00Z" }.',
    });
  }
}

function checkPrevious({ path, value }: Written, current: number, report: Report): void {
  const entries: readonly unknown[] = Array.isArray(value) ? value : [value];
  const seen = new Set<unknown>();
  for (const [index, entry] of entries.entries()) {
    const at = Array.isArray(value) ? [...path, index] : path;
    const major = isRecord(entry) ? entry.major : undefined;
    if (typeof major !== "number" || !Number.isInteger(major) || major >= current || seen.has(major)) {
      report(at, {
        rule: "house-previous-major",
        message: `${JSON.stringify(major) ?? "This"} is no earlier major version of ${current}.x, or is listed twice`,
        hint: "List each earlier major version once: { major: 1, deprecatedSince: …, endOfSupport: …, deprecationReason: … }.",
      });
    }
    seen.add(major);
    if (isRecord(entry)) checkEnd(entriesOf(entry, at), report);
  }
}

function entriesOf(entry: Readonly<Record<string, unknown>>, at: DocumentPath): Announced {
  return new Map(Object.entries(entry).map(([key, value]) => [key, { path: [...at, key], value }]));
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
