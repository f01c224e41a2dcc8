import { setTimeout as wait } from "node:timers/promises";
import { tempDir } from "@thoth/testing/temp-dir";
import { Client, type DatabaseError } from "pg";
import { repository, type ServingMesh, serveMesh } from "../../e2e/mesh-process.ts";
import { type Issuers, installProvider, providerRelease, serveIssuers } from "./identity-provider.ts";
import { machineToken, personToken, type TokenWish } from "./identity-tokens.ts";
import { verdict } from "./verdict.ts";

const product = "ontrack-learning/student-progress";
/** Issuer → what it does when the mesh first asks it; `late` answers later. */
const firstMoods = {
  staff: "answers",
  late: "is down",
  silent: "is silent",
  much: "sends too much",
  elsewhere: "leads elsewhere",
} as const;
type Name = keyof typeof firstMoods;

/** People and machines of a real OpenID Connect provider, on every port of a mesh that has been told of it. */
export async function judgeIdentity(): Promise<boolean> {
  console.log(`installing ${providerRelease} into a folder of its own`);
  await using stack = new AsyncDisposableStack();
  const { Provider } = stack.use(await installProvider());
  const issuers = stack.use(await serveIssuers(Provider));
  Object.assign(issuers.moods, firstMoods);
  const home = stack.use(await tempDir("mesh-home-"));
  const env = {
    MESH_HOME: home.path,
    MESH_SAMPLE_SCALE: "0.02",
    MESH_SQL_PORT: "0",
    MESH_ISSUERS: JSON.stringify(trusted(issuers)),
  };
  const server = stack.use(await serveMesh(["up"], { cwd: repository, env }));
  const asked = new Asked(server, issuers);
  const verdicts = [...(await judgeTokens(asked)), ...(await judgeTroubles(asked))];
  return verdicts.every(Boolean);
}

function trusted(issuers: Issuers): object[] {
  const claims = { roles: "groups", attributes: { units: "units" } };
  return Object.keys(firstMoods).map((name) => ({
    issuer: issuers.issuer(name),
    audience: "mesh",
    namePrefix: `${name}-`,
    claims,
  }));
}

class Asked {
  readonly server: ServingMesh;
  readonly issuers: Issuers;

  constructor(server: ServingMesh, issuers: Issuers) {
    this.server = server;
    this.issuers = issuers;
  }

  async machine(name: Name | "stranger", wish: Omit<TokenWish, "issuer"> = {}): Promise<string> {
    return machineToken({ issuer: this.issuers.issuer(name), ...wish });
  }

  async person(login: string, wish: Omit<TokenWish, "issuer"> = {}): Promise<string> {
    return personToken(login, { issuer: this.issuers.issuer("staff"), ...wish });
  }

  /** Who GraphQL, files and SQL take the bearer for, or the code with which each refuses. */
  async onEveryPort(token: string): Promise<string[]> {
    return [await this.byGraphql(token), await this.byFile(token), await this.bySql(token)];
  }

  async byGraphql(token: string): Promise<string> {
    const query = `{ dataProduct(id: "${product}") { access { reasons } } }`;
    const response = await fetch(`${this.server.url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
      body: JSON.stringify({ query }),
    });
    return named(await response.text());
  }

  async byFile(token: string): Promise<string> {
    const headers = { authorization: `Bearer ${token}` };
    const response = await fetch(`${this.server.url}/products/${product}.json?limit=1`, { headers });
    return named(await response.text());
  }

  async bySql(token: string): Promise<string> {
    const { hostname: host, port } = new URL(this.server.sql ?? "");
    const client = new Client({ host, port: Number(port), database: "mesh", user: "token", password: token });
    client.on("error", () => undefined);
    try {
      await client.connect();
      await client.query("select enrolment from ontrack_learning.student_progress limit 1");
      return "read";
    } catch (failure) {
      const { message, detail = "", hint = "" } = failure as DatabaseError;
      return named(`${message} ${detail} ${hint}`);
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}

/** A refusal for want of an agreement names who was understood; others have a code. */
function named(text: string): string {
  return /no agreement of ([\w-]+) /.exec(text)?.[1] ?? /access\/token-[a-z]+/.exec(text)?.[0] ?? text.slice(0, 300);
}

const everywhere = (answer: string) => [answer, answer, answer];

async function judgeTokens(asked: Asked): Promise<boolean[]> {
  const verdicts: boolean[] = [];
  const judge = async (what: string, token: string, expected: string) => {
    verdicts.push(verdict(what, await asked.onEveryPort(token), everywhere(expected)));
  };
  for (const algorithm of ["RS256", "ES256", "EdDSA"] as const)
    await judge(
      `a machine's token by client credentials, ${algorithm}`,
      await asked.machine("staff", { algorithm }),
      "staff-grades",
    );
  await judge("a person's token by authorization code and PKCE", await asked.person("ada"), "staff-ada");
  await judge("a token for somebody else", await asked.machine("staff", { audience: "shop" }), "access/token-audience");
  await judge("a token that has ended", await at(-7_200_000, () => asked.machine("staff")), "access/token-expired");
  await judge(
    "a token of a provider whose clock is 20 s behind",
    await at(-20_000, () => asked.machine("staff", { seconds: 10 })),
    "staff-grades",
  );
  await judge("a token of a provider that nobody named", await asked.machine("stranger"), "access/token-issuer");
  return verdicts;
}

/** Does something while the clock of this process, and so of the provider, is wrong. */
async function at<Result>(byMs: number, work: () => Promise<Result>): Promise<Result> {
  const { now } = Date;
  Date.now = () => now() + byMs;
  try {
    return await work();
  } finally {
    Date.now = now;
  }
}

/** A mesh asks a provider again half a minute after it did, and not before. */
const cooldownMs = 31_000;

async function judgeTroubles(asked: Asked): Promise<boolean[]> {
  const { moods } = asked.issuers;
  const verdicts: boolean[] = [];
  for (const name of ["late", "silent", "much", "elsewhere"] as const) {
    const token = await asked.machine(name);
    verdicts.push(
      verdict(
        `a provider that ${moods[name]}`,
        await asked.onEveryPort(token),
        everywhere("access/token-unverifiable"),
      ),
    );
  }
  moods.late = "answers";
  const before = await asked.machine("staff", { seconds: 3000 });
  await asked.onEveryPort(before);
  asked.issuers.rotate("staff");
  const rotated = await asked.machine("staff");
  await wait(cooldownMs);
  verdicts.push(
    verdict(
      "a provider that is there again",
      await asked.onEveryPort(await asked.machine("late")),
      everywhere("late-grades"),
    ),
  );
  verdicts.push(verdict("a token by a key that is new", await asked.onEveryPort(rotated), everywhere("staff-grades")));
  moods.staff = "is down";
  verdicts.push(
    verdict(
      "a provider that is down later",
      await asked.onEveryPort(await asked.machine("staff")),
      everywhere("staff-grades"),
    ),
  );
  return verdicts;
}
