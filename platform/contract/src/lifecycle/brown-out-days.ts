import { ownProperties, schemaObjects } from "../contract-parts.ts";
import type { DocumentPath, Finding } from "../finding.ts";
import type { DataContract } from "../generated/odcs.ts";
import type { ParsedContract } from "../parse-contract.ts";
import type { Deprecation, TimeWindow } from "./deprecation.ts";
import { announcedEnd, columnDeprecation, productDeprecation } from "./describe-deprecation.ts";
import { customValues, lifecycleWords as words } from "./lifecycle-words.ts";
import { showDate } from "./written-date.ts";

const dayMs = 86_400_000;

/**
 * Brown-outs that lie outside of the last days before the end: what was promised until then would fail too early.
 * @param days how many the council allows
 */
export function reportBrownOuts({ contract, file, locate }: ParsedContract, days: number): Finding[] {
  if (contract === undefined) return [];
  return announcedEnds(contract).flatMap(({ element, path, deprecation }) =>
    deprecation.brownOuts
      .filter((window) => !isInLastDays(window, deprecation, days))
      .map(({ from }): Finding => {
        const end = deprecation.until === undefined ? "no announced end" : showDate(deprecation.until);
        return {
          rule: "lifecycle-brown-out",
          severity: "error",
          file,
          ...locate(path),
          path: words.brownOuts,
          message: `${element} is switched off from ${showDate(from)}, which is not in the last ${days} days before its end (${end})`,
          hint: "Move the window, or the end. The number is brownOutDays in contracts/council.yaml.",
        };
      }),
  );
}

function isInLastDays({ from, to }: TimeWindow, { until }: Deprecation, days: number): boolean {
  return until !== undefined && from >= until - days * dayMs && to <= until;
}

interface AnnouncedEnd {
  readonly element: string;
  /** Of the custom property that names the windows. */
  readonly path: DocumentPath;
  readonly deprecation: Deprecation;
}

function announcedEnds(contract: DataContract): AnnouncedEnd[] {
  return [...schemaObjects(contract).flatMap((object) => objectEnds(contract, object)), ...majorEnds(contract)];
}

function objectEnds(contract: DataContract, object: ReturnType<typeof schemaObjects>[number]): AnnouncedEnd[] {
  const whole = productDeprecation(contract, object.value);
  const product = `${contract.domain}/${contract.name}`;
  const path = propertyPath(contract.customProperties, words.brownOuts);
  const columns = ownProperties(object).flatMap((column): AnnouncedEnd[] => {
    const deprecation = columnDeprecation(column.value, { name: object.value.name, contract });
    const own = [...column.path, ...propertyPath(column.value.customProperties, words.brownOuts)];
    return deprecation === undefined ? [] : [{ element: `Column ${column.value.name}`, path: own, deprecation }];
  });
  return [...(whole === undefined ? [] : [{ element: product, path, deprecation: whole }]), ...columns];
}

function majorEnds(contract: DataContract): AnnouncedEnd[] {
  const listed = customValues(contract.customProperties)[words.previousMajors];
  const path = propertyPath(contract.customProperties, words.previousMajors);
  return (Array.isArray(listed) ? listed : []).flatMap((entry: { major?: unknown }, index): AnnouncedEnd[] => {
    const deprecation = announcedEnd(contract, Number(entry?.major));
    const element = `${contract.domain}/${contract.name} ${entry?.major}.x`;
    return deprecation === undefined ? [] : [{ element, path: [...path, index, words.brownOuts], deprecation }];
  });
}

function propertyPath(customProperties: DataContract["customProperties"] = [], name: string): DocumentPath {
  const index = customProperties.findIndex(({ property }) => property === name);
  return index < 0 ? [] : ["customProperties", index, "value"];
}
