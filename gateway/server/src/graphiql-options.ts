import { tokenPlace } from "./sign-in-form.ts";

/** The editor takes comments, and sends nothing of them. */
const whenNobody = `{
  // You ask as nobody in particular.
  // Sign in on the start page, and your token is sent.
  // "x-mesh-purpose": "…"
}`;

const whenSignedIn = `{
  // You are signed in: your token is sent.
  // What you write here is sent as well.
  // "x-mesh-purpose": "…"
}`;

/**
 * JavaScript: what GraphiQL is opened with besides, by the tab that opens it. The token of the start page goes with every
 * request and into no editor. GraphiQL keeps what was asked for the next visit, headers too; those are left out, as somebody
 * may have written a token there.
 */
export const graphiqlOptions = `(() => {
  const token = sessionStorage.getItem("${tokenPlace}");
  const lists = { "graphiql:queries": "queries", "graphiql:favorites": "favorites" };
  const withoutHeaders = (key, text) => {
    const list = lists[key];
    if (list === undefined || text === null) return text;
    const kept = JSON.parse(text)[list] ?? [];
    return JSON.stringify({ [list]: kept.map(({ headers, ...asked }) => asked) });
  };
  const storage = {
    getItem: (key) => localStorage.getItem(key),
    setItem: (key, text) => localStorage.setItem(key, withoutHeaders(key, text)),
    removeItem: (key) => localStorage.removeItem(key),
    clear: () => localStorage.clear(),
    get length() { return localStorage.length; },
  };
  return token === null
    ? { storage, defaultHeaders: ${JSON.stringify(whenNobody)} }
    : { storage, defaultHeaders: ${JSON.stringify(whenSignedIn)}, additionalHeaders: { authorization: "Bearer " + token } };
})()`;
