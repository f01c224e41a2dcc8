import type { CommandInput } from "./command-input.ts";
import type { Effects } from "./effects.ts";
import { cliError } from "./errors.ts";

export interface OptionSpec {
  readonly type: "string" | "boolean";
  readonly description: string;
  /** Shown in the help: `--port <number>`. */
  readonly value?: string;
  readonly multiple?: true;
}

export interface Command {
  /** `mesh run`, `mesh new domain` */
  readonly name: string;
  readonly summary: string;
  /** What follows the name in the usage line. */
  readonly usage: string;
  readonly details?: string;
  readonly options: Readonly<Record<string, OptionSpec>>;
  /** How many positionals at least and at most. */
  readonly positionals: readonly [number, number];
  readonly examples: readonly (readonly [command: string, meaning: string])[];
  /** @returns exit code: 0 ok, 1 a check or run failed */
  run(input: CommandInput, effects: Effects): Promise<number>;
}

/** Options that every command has. */
export const commonOptions = {
  json: { type: "boolean", description: "Print one JSON document for programs." },
  help: { type: "boolean", description: "Show this help." },
} as const satisfies Record<string, OptionSpec>;

/** The error for a command line that cannot be meant. */
export function usage({ name }: Pick<Command, "name">, problem: string): Error {
  return cliError.usage({ problem, command: name });
}
