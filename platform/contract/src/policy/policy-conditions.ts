import { Ajv2019, type ValidateFunction } from "ajv/dist/2019.js";
import { promiseWord } from "../describe-promises.ts";
import type { CustomProperty, DataContract, SlaProperty } from "../generated/odcs.ts";
import { readDate } from "../lifecycle/written-date.ts";
import type { ShapeError } from "../validate-shape.ts";
import type { Condition } from "./policy.ts";
import { columnsOf } from "./policy-elements.ts";

/** What conditions see besides the value. */
export interface Setting {
  /** The contract that the value is a part of. */
  readonly contract: DataContract;
  /** Epoch ms. */
  readonly now: number;
}

/**
 * Holds a value against a condition.
 * @returns what keeps the condition from holding; none when it holds
 */
export type TestCondition = (value: unknown, setting: Setting) => readonly ShapeError[];

/** Compiles conditions; whatever is judged by many policies has them all from one compiler. */
export function conditionCompiler(): (condition: Condition) => TestCondition {
  const ajv = new Ajv2019({
    allErrors: true,
    passContext: true,
    strictTypes: false,
    strictRequired: false,
    validateSchema: false,
    code: { optimize: false },
  });
  addKeywords(ajv);
  return (condition) => {
    const validate = ajv.compile(condition);
    return (value, setting) => (validate.call(setting, value) ? [] : (validate.errors ?? []));
  };
}

interface Named {
  readonly name: string;
  readonly value?: Condition;
}

interface Promised {
  readonly word: string;
  readonly entry?: Condition;
}

interface Notice {
  readonly days: number;
  readonly since: string;
  readonly until: string;
}

/** Conditions inside of our keywords are compiled by the same instance, so they may use our keywords too. */
function addKeywords(ajv: Ajv2019): void {
  const holds = (condition: Condition = {}): ValidateFunction => ajv.compile(condition);
  ajv.addKeyword({
    keyword: "customProperty",
    macro: ({ name, value = {} }: Named) => ({
      required: ["customProperties"],
      properties: {
        customProperties: {
          contains: { required: ["property", "value"], properties: { property: { const: name }, value } },
        },
      },
    }),
  });
  ajv.addKeyword({
    keyword: "anyColumn",
    compile: (condition: Condition) => {
      const fits = holds(condition);
      return function (this: Setting, contract: DataContract) {
        return columnsOf(contract).some(({ value }) => fits.call(this, value));
      };
    },
  });
  ajv.addKeyword({
    keyword: "promise",
    compile: ({ word, entry }: Promised) => {
      const fits = holds(entry);
      return function (this: Setting, { slaProperties = [] }: DataContract) {
        return slaProperties.some((one) => promiseWord(one.property ?? "") === word && fits.call(this, one));
      };
    },
  });
  ajv.addKeyword({ keyword: "notice", errors: true, compile: noticeTest });
  ajv.addKeyword({
    keyword: "future",
    compile: (wanted: boolean) =>
      function (this: Setting, date: unknown) {
        const instant = readDate(date);
        return instant !== undefined && wanted === instant > this.now;
      },
  });
}

const day = 86_400_000;

/** Whatever may have an end: a contract, a column, an entry of `previousMajors`. */
interface Dated {
  readonly [key: string]: unknown;
  readonly name?: string;
  readonly customProperties?: readonly CustomProperty[];
}

interface NoticeTest {
  (this: Setting, element: Dated): boolean;
  errors?: Partial<ShapeError>[];
}

function noticeTest({ days, since, until }: Notice): NoticeTest {
  const test: NoticeTest = function (element) {
    const [from, to] = [dateOf(element, since, this), dateOf(element, until, this)];
    const missing = [...(from === undefined ? [since] : []), ...(to === undefined ? [until] : [])];
    const given = from === undefined || to === undefined ? undefined : Math.floor((to - from) / day);
    const found = given === undefined ? `without ${missing.join(" and ")}` : `${given} days`;
    test.errors = [{ keyword: "notice", params: { found } }];
    return given !== undefined && given >= days;
  };
  return test;
}

/** A date that an element has as a key or custom property, or that the contract promises for it. Epoch ms. */
function dateOf(element: Dated, name: string, { contract }: Setting): number | undefined {
  if (element[name] !== undefined) return readDate(element[name]);
  const custom = element.customProperties?.find(({ property }) => property === name);
  const ofElement = Object.is(element, contract) ? isWhole : isAbout(element.name);
  const promised = contract.slaProperties?.find((one) => promiseWord(one.property ?? "") === name && ofElement(one));
  return readDate((custom ?? promised)?.value);
}

const isWhole = ({ element }: SlaProperty) => element === undefined;

/** Promises name what they are about as `object.column`, several with commas between. */
const isAbout = (column: string | undefined) => (promise: SlaProperty) =>
  (promise.element ?? "").split(",").some((one) => column !== undefined && one.trim().split(".")[1] === column);
