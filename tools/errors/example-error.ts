import { placeholder, placeholders } from "./placeholder.ts";

interface Example {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

/** Tried in order: what can be read in any way first, then plain text, then numbers and dates. */
const attempts = [(name: string) => placeholder(name), (name: string) => `<${name}>`, () => 0];

/**
 * What an error says when its parameters are called by their names.
 * @returns undefined when the message cannot be made from placeholders
 */
export function exampleOf(factory: (params: unknown) => Example): Example | undefined {
  const examples = attempts.flatMap((make) => attempt(() => factory(placeholders(make))));
  return examples.find(isClean) ?? examples[0];
}

function attempt(make: () => Example): Example[] {
  try {
    const { code, message, hint } = make();
    // A message that is one parameter and nothing else is still a placeholder.
    return [{ code, message: String(message), hint: String(hint) }];
  } catch {
    return [];
  }
}

/** Whether no placeholder was mistaken for something it cannot be. */
function isClean({ message, hint }: Example): boolean {
  return !/\bNaN\b|\bundefined\b|\[object |\[native code|=>/.test(`${message} ${hint}`);
}
