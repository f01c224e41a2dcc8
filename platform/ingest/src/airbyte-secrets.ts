const shortestSecret = 4;

/** A source may repeat its configuration in what it says, as it is or as parts of JSON and addresses have it. */
export function withoutSecrets(message: string, config: string): string {
  const secrets = [...new Set(textsOf(config).flatMap(formsOf))].filter(({ length }) => length >= shortestSecret);
  return secrets.sort((a, b) => b.length - a.length).reduce((text, secret) => text.replaceAll(secret, "***"), message);
}

/** All texts of JSON that are no names, and those of JSON within them. */
function textsOf(json: string): string[] {
  const found = [...json.matchAll(/("(?:[^"\\]|\\.)*")(\s*:)?/g)].filter(([, , colon]) => colon === undefined);
  const texts = found.flatMap(([, text = '""']) => parsed(text) ?? []);
  return texts.flatMap((text) => (text.includes('"') ? [text, ...textsOf(text)] : [text]));
}

function parsed(text: string): string | undefined {
  try {
    return String(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** A private key has lines, and what is told comes line by line. */
function formsOf(text: string): string[] {
  const lines = text.split("\n");
  return [text, JSON.stringify(text).slice(1, -1), encoded(text), ...(lines.length > 1 ? lines : [])];
}

/** Half of a pair is no character, and no address has it. */
function encoded(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}
