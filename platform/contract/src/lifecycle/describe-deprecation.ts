import { fieldNameOf } from "@thoth/kernel/major-names";
import { promiseWord } from "../describe-promises.ts";
import type { DataContract, Property, SchemaObject } from "../generated/odcs.ts";
import type { Deprecation, TimeWindow } from "./deprecation.ts";
import { customValues, lifecycleWords as words } from "./lifecycle-words.ts";
import { readDate, showDate } from "./written-date.ts";

/** What a contract says of its own end: `status: deprecated`, or `deprecated: true` on its object. */
export function productDeprecation(contract: DataContract, object: SchemaObject): Deprecation | undefined {
  if (contract.status !== "deprecated" && contract.status !== "retired" && object.deprecated !== true) return undefined;
  const values = { ...customValues(contract.customProperties), ...customValues(object.customProperties) };
  return deprecationOf({ [words.until]: endOfSupport(contract), ...values }, productField);
}

/** What a contract says of the end of one of its columns: `deprecated: true` on the property. */
export function columnDeprecation(
  property: Property,
  { name: object, contract }: { readonly name: string; readonly contract: DataContract },
): Deprecation | undefined {
  if (property.deprecated !== true) return undefined;
  const until = endOfSupport(contract, `${object}.${property.name}`);
  return deprecationOf({ [words.until]: until, ...customValues(property.customProperties) }, (name) => name);
}

/** What the contract of a newer major version announces for an older one. */
export function announcedEnd(contract: DataContract, major: number): Deprecation | undefined {
  const listed = customValues(contract.customProperties)[words.previousMajors];
  const entry = (Array.isArray(listed) ? listed : []).find((each) => isRecord(each) && each.major === major);
  return entry === undefined ? undefined : deprecationOf(entry, productField);
}

/** `Superseded by major version 2, until 2027-02-20; use unitsV2.` */
export function deprecationText({ reason, until, replacement }: Deprecation): string {
  if (until === undefined && replacement === undefined) return reason;
  const end = until === undefined ? "" : `, until ${showDate(until)}`;
  const instead = replacement === undefined ? "" : `; use ${replacement}`;
  return `${reason.trim().replace(/\.$/, "")}${end}${instead}.`;
}

/** What readers are told when the contract gives no reason. */
export const withoutReason = "Not for new uses.";

function deprecationOf(values: Readonly<Record<string, unknown>>, nameOf: (written: string) => string): Deprecation {
  const [since, until] = [readDate(values[words.since]), readDate(values[words.until])];
  const [replacement, reason] = [textOf(values[words.replacement]), textOf(values[words.reason])];
  return {
    ...(since !== undefined && { since }),
    ...(until !== undefined && { until }),
    ...(replacement !== undefined && { replacement: nameOf(replacement) }),
    reason: reason ?? withoutReason,
    brownOuts: readWindows(values[words.brownOuts]),
  };
}

/** `ontrack-learning/units` is a field by another name; a field is one already. */
function productField(written: string): string {
  const [, product, version = "1"] = /^[a-z0-9-]+\/([a-z0-9-]+)(?:@(\d+))?$/.exec(written) ?? [];
  return product === undefined ? written : fieldNameOf(product, `${version}.0.0`);
}

function endOfSupport({ slaProperties = [] }: DataContract, element?: string): unknown {
  return slaProperties.find((each) => promiseWord(each.property) === "endOfSupport" && each.element === element)?.value;
}

function readWindows(value: unknown): TimeWindow[] {
  const windows = (Array.isArray(value) ? value : []).flatMap((window): TimeWindow[] => {
    const [from, to] = isRecord(window) ? [readDate(window.from), readDate(window.to)] : [];
    return from === undefined || to === undefined || to <= from ? [] : [{ from, to }];
  });
  return windows.sort((a, b) => a.from - b.from);
}

function textOf(value: unknown): string | undefined {
  return value === undefined || value === null || String(value).trim() === "" ? undefined : String(value);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
