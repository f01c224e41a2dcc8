import { createHash, randomBytes } from "node:crypto";
import { client } from "./identity-provider.ts";

export interface TokenWish {
  readonly issuer: string;
  readonly algorithm?: "RS256" | "ES256" | "EdDSA";
  readonly audience?: string;
  readonly seconds?: number;
}

function resourceOf({ algorithm = "RS256", audience = "mesh", seconds = 3600 }: TokenWish): string {
  return `urn:mesh:${algorithm}:${audience}:${seconds}`;
}

/** As a machine gets one. */
export function machineToken(wish: TokenWish): Promise<string> {
  return askForToken(wish, { grant_type: "client_credentials", scope: "read", resource: resourceOf(wish) });
}

/** As a person gets one in a browser: log in, agree, be sent back with a code. */
export async function personToken(name: string, wish: TokenWish): Promise<string> {
  const verifier = randomBytes(32).toString("base64url");
  const question = {
    client_id: client.id,
    response_type: "code",
    redirect_uri: client.redirectUri,
    scope: "openid read",
    resource: resourceOf(wish),
    code_challenge: createHash("sha256").update(verifier).digest("base64url"),
    code_challenge_method: "S256",
  };
  const browser = new Browser();
  const code = await browser.signIn(`${wish.issuer}/auth?${new URLSearchParams(question)}`, name);
  const resource = resourceOf(wish);
  const grant = { grant_type: "authorization_code", code, redirect_uri: client.redirectUri, code_verifier: verifier };
  return askForToken(wish, { ...grant, resource });
}

async function askForToken({ issuer }: TokenWish, form: Record<string, string>): Promise<string> {
  const secret = [client.id, client.secret].map(encodeURIComponent).join(":");
  const response = await fetch(`${issuer}/token`, {
    method: "POST",
    headers: { authorization: `Basic ${btoa(secret)}` },
    body: new URLSearchParams(form),
  });
  const answer = (await response.json()) as { access_token?: string };
  if (answer.access_token === undefined) throw new Error(`no token: ${JSON.stringify(answer)}`);
  return answer.access_token;
}

/** As much of a browser as the provider's own pages need. */
class Browser {
  readonly #cookies = new Map<string, string>();

  /** @returns the code with which it is sent back */
  async signIn(start: string, name: string): Promise<string> {
    let url = start;
    let form: URLSearchParams | undefined;
    for (let steps = 0; steps < 12; steps++) {
      const response = await this.#request(url, form);
      form = undefined;
      const location = response.headers.get("location");
      if (location?.startsWith(client.redirectUri)) return new URL(location).searchParams.get("code") ?? "";
      if (location !== null) {
        url = new URL(location, url).href;
        continue;
      }
      const page = await response.text();
      const prompt = /name="prompt" value="(\w+)"/.exec(page)?.[1];
      url = new URL(/action="([^"]+)"/.exec(page)?.[1] ?? "", url).href;
      if (prompt === undefined) throw new Error(`no form: ${page.slice(0, 500)}`);
      form = new URLSearchParams({ prompt, login: name, password: "any" });
    }
    throw new Error("the provider sends us round and round");
  }

  async #request(url: string, form: URLSearchParams | undefined): Promise<Response> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const posting = form === undefined ? {} : { method: "POST", body: form };
    const response = await fetch(url, { redirect: "manual", headers: { cookie }, ...posting });
    for (const line of response.headers.getSetCookie()) {
      const [name = "", value = ""] = line.split(";")[0]?.split("=") ?? [];
      this.#cookies.set(name, value);
    }
    return response;
  }
}
