import { resolve } from "node:path";
import { writeAccessFiles } from "@thoth/access/access-files";
import { agreement, enrolments } from "@thoth/access/fixtures/enrolments";
import {
  type Provider,
  type ProviderKey,
  providerKey,
  providerToken,
  startProvider,
} from "@thoth/access/fixtures/provider";
import { createServiceKey } from "@thoth/access/service-key";
import { type TempDir, tempDir } from "@thoth/testing/temp-dir";
import { afterAll, beforeAll, expect, test } from "vitest";
import { localToken } from "./local-token.ts";
import { openMeshAccess } from "./mesh-access.ts";
import { silentLog } from "./server-log.ts";
import { loadSettings } from "./settings.ts";
import { recordingEffects } from "./testing/recording-effects.ts";

const repository = resolve(import.meta.dirname, "../../..");
const closing = new AsyncDisposableStack();
const effects = recordingEffects();
const now = effects.now();
let home: TempDir;
let key: ProviderKey;
let provider: Provider;

beforeAll(async () => {
  home = closing.use(await tempDir());
  key = await providerKey("ES256", "one");
  provider = closing.use(await startProvider([key]));
});
afterAll(() => closing.disposeAsync());

const settingsWith = (issuers: string | undefined) =>
  loadSettings(repository, { MESH_HOME: home.path, ...(issuers !== undefined && { MESH_ISSUERS: issuers }) });

test("a process knows the issuers of its settings, the machines and agreements of its home, and its own user", async () => {
  const claims = { name: "preferred_username", roles: "groups" };
  const settings = await settingsWith(
    JSON.stringify([{ issuer: provider.issuer, audience: "mesh", claims, mayNameAccounts: true }]),
  );
  const { text, kept } = createServiceKey({ name: "robot", roles: [], attributes: {}, limits: {}, until: null }, now);
  const granted = agreement({ purpose: "learning-research", from: now, until: now + 1000 });
  await writeAccessFiles(home.path, { agreements: [granted], keys: [kept] });
  using access = await openMeshAccess(settings, effects, silentLog);

  const seconds = now / 1000;
  const said = { iss: provider.issuer, aud: "mesh", iat: seconds, exp: seconds + 60 };
  const token = await providerToken({ ...said, preferred_username: "ada", groups: ["account:steward"] }, key);
  const ada = await access.authenticate(token);
  expect(ada).toEqual({ name: "ada", kind: "person", roles: ["account:steward"], attributes: {} });
  const robot = await access.authenticate(text);
  expect(robot.name).toBe("service:robot");
  const local = await access.authenticate(await localToken(settings, effects));
  expect(local).toMatchObject({ name: expect.stringMatching(/^local/), kind: "person" });
  expect(await access.authenticate(undefined)).toMatchObject({ kind: "anonymous" });

  const product = { ...enrolments, consent: { purpose: "learning-research", basis: "opt-in", columns: {} } } as const;
  const agreements = [ada, robot, local].map((one) => access.decide(one, product, "learning-research").agreement);
  expect(agreements).toEqual([granted.id, null, null]);
});

test.each([
  ["[", /MESH_ISSUERS is no JSON/],
  ["{}", /a list of issuers/],
  ['[{"issuer":"https://id.example","audience":"mesh","algorithms":["HS256"]}]', /HS256 is not accepted/],
])("MESH_ISSUERS %j is refused when the process starts", async (issuers, message) => {
  await expect(settingsWith(issuers)).rejects.toMatchObject({
    message: expect.stringMatching(message),
    at: { path: "MESH_ISSUERS" },
  });
});

test("what the variable says takes the place of what mesh.config.ts says, and nothing is nobody", async () => {
  expect((await settingsWith(undefined)).issuers).toEqual([]);
  expect((await settingsWith(" ")).issuers).toEqual([]);
});
