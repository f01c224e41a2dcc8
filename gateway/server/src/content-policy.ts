import { createHash } from "node:crypto";

/**
 * Content security policy of a page: it may use nothing but what is named, from no other host, and cannot be framed.
 * @param sources directive → sources, such as `{ "style-src": inlineSource(css) }`
 */
export function contentPolicy(sources: Readonly<Record<string, string>>): string {
  const all = {
    "default-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
    ...sources,
  };
  return Object.entries(all)
    .map(([directive, value]) => `${directive} ${value}`)
    .join("; ");
}

/** Allows one inline script or style sheet, exactly as it is. */
export function inlineSource(content: string): string {
  return `'sha256-${createHash("sha256").update(content).digest("base64")}'`;
}
