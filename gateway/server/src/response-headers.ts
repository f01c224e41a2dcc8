import type { Plugin } from "graphql-yoga";

/** What every answer says to browsers. */
export const secureEverywhere = {
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-resource-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
} as const;

/** What is not a page needs to load nothing, and the answer for one reader is not for another. */
const unlessGiven = {
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "cache-control": "no-store",
} as const;

export function secureResponses(): Plugin {
  return {
    onResponse({ response: { headers } }) {
      for (const [name, value] of Object.entries(secureEverywhere)) headers.set(name, value);
      for (const [name, value] of Object.entries(unlessGiven)) if (!headers.has(name)) headers.set(name, value);
    },
  };
}
