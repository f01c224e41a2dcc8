import { type Command, commonOptions, type OptionSpec } from "./command.ts";

export function renderHelp(command: Command): string {
  const options = Object.entries<OptionSpec>({ ...command.options, ...commonOptions }).map(
    ([name, spec]) => [`--${name}${spec.value === undefined ? "" : ` ${spec.value}`}`, descriptionOf(spec)] as const,
  );
  return [
    command.summary,
    ...(command.details === undefined ? [] : ["", ...wrap(command.details, widestLine)]),
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

function descriptionOf({ description, multiple }: OptionSpec): string {
  if (multiple !== true || description.includes("several times")) return description;
  return description.endsWith(".")
    ? `${description} May be given several times.`
    : `${description}; may be given several times`;
}

const widestLine = 110;
const widestLeft = 60;

/** Two columns, two spaces deep. A left text that is far longer than the others gets a line of its own. */
export function alignRows(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length).filter((length) => length <= widestLeft), 0);
  const indent = " ".repeat(width + 4);
  return rows.flatMap(([left, right]) => {
    const [first = "", ...rest] = wrap(right, widestLine - indent.length);
    const begin =
      left.length > widestLeft ? [...continued(left), `${indent}${first}`] : [`  ${left.padEnd(width)}  ${first}`];
    return [...begin, ...rest.map((line) => `${indent}${line}`)];
  });
}

/** A command that is longer than a line goes on behind a backslash, so that a shell takes it as it is printed. */
function continued(command: string): string[] {
  const lines: string[] = [];
  let current = " ";
  for (const part of command.split(/ (?=--)/)) {
    if (current.length + 1 + part.length > widestLine - 2) {
      lines.push(`${current} \\`);
      current = "     ";
    }
    current = `${current} ${part}`;
  }
  return [...lines, current];
}

/** Breaks at spaces, and at empty lines; other line ends are those of the code. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const line of text.replaceAll(/(?<!\n)\n(?!\n)/g, " ").split("\n")) {
    let current = "";
    for (const word of line.split(" ")) {
      if (current !== "" && current.length + 1 + word.length > width) {
        lines.push(current);
        current = word;
      } else current = current === "" ? word : `${current} ${word}`;
    }
    lines.push(current);
  }
  return lines;
}
