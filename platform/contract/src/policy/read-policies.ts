import type { Finding, Report } from "../finding.ts";
import { shapeValidator } from "../validate-shape.ts";
import { type CompiledPolicy, compilePolicy } from "./compile-policy.ts";
import { type CouncilFile, type CouncilFolder, councilFindings, readCouncilFiles } from "./council-files.ts";
import type { Policy } from "./policy.ts";
import { conditionCompiler } from "./policy-conditions.ts";
import { reportExamples } from "./policy-examples.ts";
import { placeholders, unknownPlaceholders } from "./policy-message.ts";

/** The council's policies, ready to judge. */
export interface PolicyBook {
  /** Sorted by id; only those that are sound. */
  readonly policies: readonly CompiledPolicy[];
  /** The ids of all files, sound or not. */
  readonly ids: readonly string[];
  /** What is wrong with the policies themselves. */
  readonly findings: readonly Finding[];
}

const folder: CouncilFolder = {
  folder: "contracts/policies",
  noun: "policy",
  validate: shapeValidator<Policy>("policy.schema.json"),
  others: ["purposes.yaml"],
};

/** Reads and compiles every policy of a repository once, and judges each by its own examples. */
export function readPolicies(root: string): PolicyBook {
  const compile = conditionCompiler();
  const files = readCouncilFiles<Policy>(root, folder);
  const policies = files.flatMap((entry) => readPolicy(entry, compile) ?? []);
  return { policies, ids: files.map(({ name }) => name), findings: councilFindings(files, folder) };
}

type Compile = ReturnType<typeof conditionCompiler>;

function readPolicy(
  { name, file, content, source }: CouncilFile<Policy>,
  compile: Compile,
): CompiledPolicy | undefined {
  if (content === undefined) return undefined;
  const rightFile = `${folder.folder}/${content.id}.yaml`;
  if (file !== rightFile)
    source.report(["id"], {
      rule: "policy-file",
      message: `The policy "${content.id}" lies in ${file}`,
      hint: `Call the file ${rightFile}, or the policy ${name}.`,
    });
  reportPlaceholders(content, source.report);
  const compiled = compileOrReport(content, compile, source.report);
  if (compiled) reportExamples(compiled, source.report);
  return source.findings.length === 0 ? compiled : undefined;
}

function reportPlaceholders({ rules }: Policy, report: Report): void {
  for (const [index, rule] of rules.entries())
    for (const key of ["message", "hint"] as const)
      for (const name of unknownPlaceholders(rule[key]))
        report(["rules", index, key], {
          rule: "policy-placeholder",
          message: `Nothing stands for {${name}}`,
          hint: `Placeholders are ${Object.keys(placeholders)
            .map((known) => `{${known}}`)
            .join(", ")}.`,
        });
}

/** Patterns are the one thing that only the compiler can judge. */
function compileOrReport(policy: Policy, compile: Compile, report: Report): CompiledPolicy | undefined {
  try {
    return compilePolicy(policy, compile);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    report(patternPath(policy, error.message), {
      rule: "policy-pattern",
      message: `A pattern is no regular expression: ${error.message}`,
      hint: "Patterns are those of JavaScript with the flag u.",
    });
    return undefined;
  }
}

/** Of the patterns of a policy the one that the message is about. */
function patternPath(policy: Policy, message: string): readonly (string | number)[] {
  const find = (value: unknown, path: readonly (string | number)[]): readonly (string | number)[] | undefined => {
    if (typeof value !== "object" || value === null) return undefined;
    for (const [key, part] of Object.entries(value)) {
      const here = [...path, Array.isArray(value) ? Number(key) : key];
      if (key === "pattern" && typeof part === "string" && message.includes(`/${part}/`)) return here;
      const inside = find(part, here);
      if (inside) return inside;
    }
    return undefined;
  };
  return find({ when: policy.when, rules: policy.rules }, []) ?? ["rules"];
}
