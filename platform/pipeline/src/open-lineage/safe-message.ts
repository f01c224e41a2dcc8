import type { Domain } from "../domain.ts";

/**
 * A message without what must not leave the mesh. What fails in a source is told by its connector without secrets; this
 * is for failures that nobody foresaw, of drivers and of systems that quote what they were sent.
 * @param env where the secrets of sources are
 */
export function safeMessage(message: string, domains: readonly Domain[], env: Environment): string {
  const names = domains.flatMap(({ sources }) => sources.flatMap(({ secrets = [] }) => secrets));
  const secrets = [...new Set(names)].flatMap((name) => partsOf(env[name] ?? ""));
  const longestFirst = secrets.sort((one, other) => other.length - one.length);
  const cleared = longestFirst.reduce((text, secret) => text.replaceAll(secret, hidden), message);
  return cleared.replaceAll(/:\/\/[^\s/?#]*@/g, `://${hidden}@`);
}

type Environment = Readonly<Record<string, string | undefined>>;

const hidden = "***";

/** A shorter text says too little to be kept back, and would be found everywhere. */
const shortestSecret = 6;

/** Of a connection the password alone is a secret as well, as it stands there and as it is meant. */
function partsOf(secret: string): string[] {
  const password = URL.canParse(secret) ? new URL(secret).password : "";
  return [secret, password, decoded(password)].filter((part) => part.length >= shortestSecret);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
