import { isPromiseWord, promiseWord, promiseWords } from "../describe-promises.ts";
import { quote } from "../describe-spot.ts";
import type { Report } from "../finding.ts";
import type { DataContract, SlaProperty } from "../generated/odcs.ts";
import { nearest } from "../spelling.ts";

/** The standard takes any word for a promise, so a slip of the pen would promise nothing without anybody noticing. */
export function checkPromiseWords(contract: DataContract, report: Report): void {
  const seen = new Map<string, number>();
  for (const [index, promise] of (contract.slaProperties ?? []).entries()) {
    checkWord(promise, index, report);
    checkElement(contract, promise, index, report);
    const same = JSON.stringify([promiseWord(promise.property), promise.element, promise.driver]);
    const first = seen.get(same);
    if (first === undefined) seen.set(same, index);
    else
      report(["slaProperties", index, "property"], {
        rule: "house-promise-twice",
        message: `${promise.property} is promised here a second time, for the same element; the first is promise ${first + 1}`,
        hint: "Keep one of the two, or say with `element` what each is about.",
      });
  }
}

function checkWord({ property }: SlaProperty, index: number, report: Report): void {
  const meant = isPromiseWord(property) ? undefined : nearest(property, promiseWords);
  if (meant === undefined) return;
  report(["slaProperties", index, "property"], {
    rule: "house-promise-word",
    message: `${quote(property)} is no word of the standard`,
    hint: `Did you mean "${meant}"? A promise of your own needs a name that is not so close to one of the standard's.`,
  });
}

/** `object` or `object.property`, several with commas between. */
function checkElement(contract: DataContract, { element }: SlaProperty, index: number, report: Report): void {
  for (const one of element?.split(",").map((text) => text.trim()) ?? []) {
    const [objectName, ...rest] = one.split(".");
    const object = contract.schema?.find(({ name }) => name === objectName);
    const property = rest.length === 0 || object?.properties?.some(({ name }) => name === rest[0]);
    if (object && property) continue;
    report(["slaProperties", index, "element"], {
      rule: "house-promise-element",
      message: `The promise is about ${quote(one)}, which the schema does not have`,
      hint: "Write object.property with names of this contract, or leave `element` out for the whole product.",
    });
  }
}
