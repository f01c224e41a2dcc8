import { type ParseArgsOptionsConfig, parseArgs } from "node:util";
import { nearest } from "@thoth/contract/spelling";
import { type Command, commonOptions, type OptionSpec, usage } from "./command.ts";
import { cliError } from "./errors.ts";

/** What a command was given, checked against what it takes. */
export interface CommandInput {
  readonly positionals: readonly string[];
  readonly json: boolean;
  flag(name: string): boolean;
  text(name: string): string | undefined;
  texts(name: string): readonly string[];
  /** @throws MeshError `cli/usage` unless it is a whole number in the range */
  wholeNumber(name: string, range: { readonly min: number; readonly max: number }): number | undefined;
}

/**
 * @returns undefined when help was asked for
 * @throws MeshError `cli/usage`
 */
export function parseInput(command: Command, args: readonly string[]): CommandInput | undefined {
  const { values, positionals } = parse(command, args);
  if (values.help === true) return undefined;
  const [least, most] = command.positionals;
  if (positionals.length < least) throw usage(command, `${command.name} needs ${command.usage}`);
  if (positionals.length > most) throw usage(command, `${command.name} does not take ${positionals[most]}`);
  const text = (name: string) => (typeof values[name] === "string" ? values[name] : undefined);
  return {
    positionals,
    json: values.json === true,
    flag: (name) => values[name] === true,
    text,
    texts: (name) => (Array.isArray(values[name]) ? values[name].map(String) : []),
    wholeNumber: (name, range) => wholeNumber(command, name, { text: text(name), ...range }),
  };
}

function wholeNumber(
  command: Command,
  name: string,
  { text, min, max }: { text: string | undefined; min: number; max: number },
): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() !== "" && Number.isInteger(value) && value >= min && value <= max) return value;
  throw usage(command, `--${name} takes a whole number from ${min} to ${max}, not ${text}`);
}

function parse(command: Command, args: readonly string[]) {
  const options: ParseArgsOptionsConfig = {};
  for (const [name, { type, multiple }] of Object.entries<OptionSpec>({ ...commonOptions, ...command.options })) {
    options[name] = { type, ...(multiple === true ? { multiple } : {}), ...(name === "help" ? { short: "h" } : {}) };
  }
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (cause) {
    const problem = describeProblem((cause as Error).message, command);
    throw cliError.usage({ ...problem, command: command.name }, { cause });
  }
}

/** Node's own words, made short; what was probably meant is added. */
function describeProblem(message: string, { name, options }: Command): { problem: string; meant?: string } {
  const [, unknown] = /^Unknown option '(--?[^']*)'/.exec(message) ?? [];
  if (unknown !== undefined) {
    const meant = optionsMeant(unknown, Object.keys({ ...options, ...commonOptions }));
    return { problem: `${name} has no option ${unknown}`, ...(meant.length > 0 && { meant: meant.join(" or ") }) };
  }
  const [, option] = /^Option '(?:-\w, )?(--[\w-]+)/.exec(message) ?? [];
  if (option === undefined) return { problem: message.split("\n")[0] ?? message };
  const spec = options[option.slice(2)];
  const takesNone = spec?.value === undefined;
  return {
    problem: takesNone ? `${option} does not take a value` : `${option} needs a value: ${option} ${spec.value}`,
  };
}

/** One letter stands for what begins with it, as other programs have it. */
function optionsMeant(unknown: string, known: readonly string[]): string[] {
  const word = unknown.replace(/^-+/, "");
  const close = nearest(word, known);
  const meant = /^-\w$/.test(unknown)
    ? known.filter((name) => name.startsWith(word))
    : close === undefined
      ? []
      : [close];
  return meant.map((name) => `--${name}`);
}
