import { allProperties, objectRelationships, qualityRules, schemaObjects } from "./contract-parts.ts";
import { describeSpot } from "./describe-spot.ts";
import type { Report } from "./finding.ts";
import type { DataContract } from "./generated/odcs.ts";
import { reportDuplicates } from "./report-duplicates.ts";
import { reportProperty } from "./report-property.ts";
import { reportQualityRule } from "./report-quality-rule.ts";
import { reportVocabulary } from "./report-vocabulary.ts";
import { isSemver } from "./semver.ts";

/** What a schema cannot say: the shape is right, but the contract contradicts itself or cannot be relied upon. */
export function reportMeaning(contract: DataContract, report: Report): void {
  reportVersion(contract, report);
  reportDuplicates(contract, report);
  reportVocabulary(contract, report);
  for (const object of schemaObjects(contract)) {
    const properties = allProperties(object);
    for (const owner of [object, ...properties]) {
      for (const rule of qualityRules(owner)) reportQualityRule(rule, describeSpot(contract, rule.path), report);
    }
    for (const property of properties) reportProperty(property, describeSpot(contract, property.path), report);
    for (const { path, value } of objectRelationships(object)) {
      const [from, to] = [[value.from].flat().length, [value.to].flat().length];
      if (from === to) continue;
      const message = `A composite relationship pairs its columns: ${from} in "from" cannot pair with ${to} in "to"`;
      report([...path, "to"], {
        rule: "odcs-relationship-shape",
        message,
        hint: "List as many columns on both sides, in the same order.",
      });
    }
  }
}

/** Versions order contracts and name published files, so they must be versions. */
function reportVersion(contract: DataContract, report: Report): void {
  if (isSemver(contract.version)) return;
  const message = `Version ${JSON.stringify(contract.version)} is not a semantic version`;
  report(["version"], {
    rule: "house-version-semver",
    message,
    hint: 'Write major.minor.patch without a leading v, such as "1.0.0".',
  });
}
