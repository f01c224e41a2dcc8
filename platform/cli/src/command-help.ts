import { type Command, commonOptions, type OptionSpec } from "./command.ts";

export function renderHelp(command: Command): string {
  const options = Object.entries<OptionSpec>({ ...command.options, ...commonOptions }).map(
    ([name, spec]) => [`--${name}${spec.value === undefined ? "" : ` ${spec.value}`}`, spec.description] as const,
  );
  return [
    command.summary,
    ...(command.details === undefined ? [] : ["", command.details]),
    "",
    `Usage: ${command.name}${command.usage === "" ? "" : ` ${command.usage}`} [options]`,
    "",
    "Options:",
    ...alignRows(options),
    "",
    command.examples.length === 1 ? "Example:" : "Examples:",
    ...alignRows(command.examples),
    "",
  ].join("\n");
}

/** Two columns, two spaces deep. A left text that is far longer than the others gets a line of its own. */
export function alignRows(rows: readonly (readonly [string, string])[]): string[] {
  const widest = 60;
  const width = Math.max(...rows.map(([left]) => left.length).filter((length) => length <= widest), 0);
  return rows.map(([left, right]) =>
    left.length > widest ? `  ${left}\n  ${" ".repeat(width)}  ${right}` : `  ${left.padEnd(width)}  ${right}`,
  );
}
