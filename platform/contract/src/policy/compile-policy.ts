import type { Part } from "../contract-parts.ts";
import type { DocumentPath } from "../finding.ts";
import type { DataContract } from "../generated/odcs.ts";
import type { ShapeError } from "../validate-shape.ts";
import type { Condition, Policy, PolicyRule } from "./policy.ts";
import type { Setting, TestCondition } from "./policy-conditions.ts";
import { elementsOf } from "./policy-elements.ts";
import { fillTemplate } from "./policy-message.ts";

/** One spot of a contract that breaks a policy. */
export interface Breach {
  /** Index of the rule in its policy. */
  readonly rule: number;
  readonly path: DocumentPath;
  readonly message: string;
  readonly hint: string;
}

/** A policy that is ready to judge any number of contracts. `now` is epoch ms. */
export interface CompiledPolicy {
  readonly policy: Policy;
  /** What each rule looks at in a contract, in the order of the rules. */
  select(contract: DataContract, now: number): readonly (readonly Part<unknown>[])[];
  judge(contract: DataContract, now: number): Breach[];
}

/** @throws SyntaxError for a pattern that is no regular expression */
export function compilePolicy(policy: Policy, compile: (condition: Condition) => TestCondition): CompiledPolicy {
  const when = compile(policy.when ?? {});
  const rules = policy.rules.map((rule) => compileRule(rule, compile));
  const select: CompiledPolicy["select"] = (contract, now) => {
    const setting = { contract, now };
    return when(contract, setting).length > 0 ? rules.map(() => []) : rules.map((rule) => rule.select(setting));
  };
  const judge: CompiledPolicy["judge"] = (contract, now) =>
    select(contract, now).flatMap((elements, rule) =>
      elements.flatMap((element) => {
        const text = rules[rule]?.judge(element, { contract, now });
        return text === undefined ? [] : { rule, ...text };
      }),
    );
  return { policy, select, judge };
}

interface CompiledRule {
  select(setting: Setting): Part<unknown>[];
  judge(element: Part<unknown>, setting: Setting): Omit<Breach, "rule"> | undefined;
}

function compileRule(rule: PolicyRule, compile: (condition: Condition) => TestCondition): CompiledRule {
  const [where, must] = [compile(rule.where ?? {}), compile(rule.must)];
  return {
    select: (setting) =>
      elementsOf(setting.contract, rule.each).filter(({ value }) => where(value, setting).length === 0),
    judge: (element, setting) => {
      const errors = must(element.value, setting);
      if (errors.length === 0) return undefined;
      const path = [...element.path, ...(rule.at?.split(".") ?? failingSpot(errors, element.value))];
      const broken = { contract: setting.contract, element, path, errors };
      return { path, message: fillTemplate(rule.message, broken), hint: fillTemplate(rule.hint, broken) };
    },
  };
}

/** The innermost part that holds everything that fails. */
function failingSpot(errors: readonly ShapeError[], value: unknown): DocumentPath {
  const [first = [], ...others] = errors.map(({ instancePath }) => instancePath.split("/").slice(1));
  const shared = first.filter((_, index) =>
    others.every((other) => other.slice(0, index + 1).join("/") === first.slice(0, index + 1).join("/")),
  );
  let node = value;
  return shared.map((part) => {
    const step = Array.isArray(node) ? Number(part) : part;
    node = (node as Record<string | number, unknown>)[step];
    return step;
  });
}
