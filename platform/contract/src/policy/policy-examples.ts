import { explainShape } from "../explain-shape.ts";
import { formatPath, type Report } from "../finding.ts";
import type { DataContract } from "../generated/odcs.ts";
import { validateShape } from "../validate-shape.ts";
import type { CompiledPolicy } from "./compile-policy.ts";
import type { FailingExample, Policy, PolicyExample } from "./policy.ts";

const usualDay = "2026-01-01";

/** Judges a policy's own examples; reports those that end otherwise than they say, and rules that none of them shows. */
export function reportExamples(compiled: CompiledPolicy, report: Report): void {
  const { examples } = compiled.policy;
  for (const [index, example] of examples.passing.entries()) reportPassing(compiled, example, index, report);
  for (const [index, example] of examples.failing.entries()) reportFailing(compiled, example, index, report);
  reportUnshown(compiled, report);
  for (const kind of ["passing", "failing"] as const)
    for (const [index, { contract }] of examples[kind].entries())
      reportFragment(contract, ["examples", kind, index, "contract"], report);
}

function reportPassing(compiled: CompiledPolicy, example: PolicyExample, index: number, report: Report): void {
  const [breach] = compiled.judge(...given(example));
  if (breach === undefined) return;
  report(["examples", "passing", index, "what"], {
    rule: "policy-example",
    message: `The example "${example.what}" should pass, but fails at "${formatPath(breach.path)}": ${breach.message}`,
    hint: "Correct the example, or the rule that it breaks.",
  });
}

function reportFailing(compiled: CompiledPolicy, example: FailingExample, index: number, report: Report): void {
  const found = compiled.judge(...given(example)).map(({ path, message }) => ({ at: formatPath(path), says: message }));
  const place = ["examples", "failing", index];
  const hint = "A failing example names every finding with its place and its message, word for word.";
  for (const [position, wanted] of example.finds.entries()) {
    if (found.some(({ at, says }) => at === wanted.at && says === wanted.says)) continue;
    const message = `The example "${example.what}" does not fail for this reason; it finds ${inWords(found)}`;
    report([...place, "finds", position], { rule: "policy-example", message, hint });
  }
  const unnamed = found.filter(({ at, says }) => !example.finds.some((one) => one.at === at && one.says === says));
  if (unnamed.length === 0 || found.length <= example.finds.length) return;
  const message = `The example "${example.what}" also finds ${inWords(unnamed)}`;
  report([...place, "finds"], { rule: "policy-example", message, hint });
}

function inWords(found: readonly { readonly at: string; readonly says: string }[]): string {
  return found.length === 0 ? "nothing" : found.map(({ at, says }) => `"${says}" at "${at}"`).join(", ");
}

/** A rule whose examples never reach it might say anything. */
function reportUnshown({ policy, select, judge }: CompiledPolicy, report: Report): void {
  const reached = policy.examples.passing.map((example) => select(...given(example)));
  const broken = new Set(
    policy.examples.failing.flatMap((example) => judge(...given(example))).map(({ rule }) => rule),
  );
  for (const index of policy.rules.keys()) {
    if (!reached.some((elements) => (elements[index]?.length ?? 0) > 0))
      report(["rules", index], unshown("No passing example has anything that this rule judges"));
    if (!broken.has(index)) report(["rules", index], unshown("No failing example breaks this rule"));
  }
}

function unshown(message: string) {
  return { rule: "policy-example", message, hint: "Add an example, so that what the rule says is seen and tested." };
}

/** What a part of a contract may leave out is much, but what it says are words of the standard. */
function reportFragment(contract: Policy["when"], place: readonly (string | number)[], report: Report): void {
  for (const { path, ...text } of explainShape(validateShape(contract), contract, "the contract"))
    if (slips.has(text.rule)) report([...place, ...path], text);
}

const slips = new Set(["odcs-unknown-key", "odcs-wrong-type", "odcs-allowed-values"]);

function given({ contract, today = usualDay }: PolicyExample): [contract: DataContract, now: number] {
  return [contract as unknown as DataContract, Date.parse(today)];
}
