import { join } from "node:path";
import { openAccessBook } from "@thoth/access/access-book";
import type { AccessCall } from "@thoth/access/agreements/access-call";
import { answerAccess } from "@thoth/access/agreements/access-desk";
import { openAccessPort } from "@thoth/access/agreements/access-port";
import { ProjectedFiles } from "@thoth/access/agreements/projected-files";
import type { CredentialLimits } from "@thoth/access/decision";
import { enrolments, purposes } from "@thoth/access/fixtures/enrolments";
import { tokenKeyOf } from "@thoth/access/signing-key";
import { signToken } from "@thoth/access/token";
import { openControl } from "@thoth/control/open-control";
import { seedControlStore } from "@thoth/testing/control-store";
import { openSmallMesh, type SmallMesh } from "@thoth/testing/small-mesh";
import { tempDir } from "@thoth/testing/temp-dir";
import { afterAll, beforeAll, expect, test } from "vitest";
import { courses, now } from "./fixtures/campus.ts";
import { openDoor, tokenFor } from "./fixtures/door.ts";

let mesh: SmallMesh;
let ask: ReturnType<typeof openDoor>;
const closing = new AsyncDisposableStack();

const registrar = {
  role: "registrar",
  description: "Writes to convenors.",
  access: "read",
  firstLevelApprovers: "steward",
  secondLevelApprovers: "owner",
  customProperties: [{ property: "masks", value: { convenor_email: { partial: 2 } } }],
};

beforeAll(async () => {
  mesh = closing.use(await openSmallMesh([{ ...courses, contract: { roles: [registrar] } }], { now }));
  const home = closing.use(await tempDir());
  await seedControlStore(join(home.path, "control"));
  const control = closing.use(await openControl({ dataDir: join(home.path, "control") }));
  const clock = () => now;
  const book = closing.use(
    openAccessBook({ home: home.path, clock, onTrouble: (failure) => expect.fail(failure.message) }),
  );
  const rules = {
    products: [{ model: enrolments, owner: "owner", stewards: ["steward"] }],
    purposes,
    council: undefined,
  };
  const desk = { control, projection: new ProjectedFiles(control, home.path), clock, rules: async () => rules };
  const access = openAccessPort({ book, rules, ask: (call: AccessCall) => answerAccess(call, desk) });
  ask = openDoor(mesh, { access });
});
afterAll(() => closing.disposeAsync());

async function as(name: string, query: string, variables: Readonly<Record<string, unknown>> = {}) {
  const headers = { authorization: `Bearer ${await tokenFor(name)}` };
  const { data, errors } = await ask(query, { variables, headers });
  return { data, codes: (errors ?? []).map(({ extensions }) => extensions.code) };
}

const request = {
  ...{ product: "school/enrolments", purpose: "research", role: "researcher", reason: "A study" },
  ...{ columns: ["person", "grade"], rows: [{ column: "unit", values: ["A"] }], until: "2026-06-01T00:00:00Z" },
};
const requestAccess = `mutation ($request: AccessRequest!) { requestAccess(request: $request) {
  id consumer productId product { id } major purpose role columns rows { column values } from until reassessAt
  state requestedBy reason approvals { by } ended { by } } }`;
const grant = "mutation ($id: ID!) { grantAccess(id: $id) { state approvals { by level at } } }";

test("a reader asks, an approver grants, and either ends it", async () => {
  const { data } = await as("ada", requestAccess, { request });
  const { id, ...asked } = data.requestAccess;
  expect(asked).toEqual({
    ...{ consumer: "ada", productId: "school/enrolments", product: null, major: 1, purpose: "research" },
    ...{ role: "researcher", columns: ["person", "grade"], rows: [{ column: "unit", values: ["A"] }] },
    ...{ from: "2026-03-18T12:00:00.000Z", until: "2026-06-01T00:00:00.000Z", reassessAt: null },
    ...{ state: "REQUESTED", requestedBy: "ada", reason: "A study", approvals: [], ended: null },
  });
  const mine = "{ myAccess { id state ended { by reason } } accessRequests { id } }";
  expect((await as("ada", mine)).data).toEqual({
    myAccess: [{ id, state: "REQUESTED", ended: null }],
    accessRequests: [],
  });
  expect((await as("steward", mine)).data).toEqual({ myAccess: [], accessRequests: [{ id }] });
  expect((await as("bea", mine)).data).toEqual({ myAccess: [], accessRequests: [] });
  expect((await as("ada", grant, { id })).codes).toEqual(["access/agreement-own"]);
  expect((await as("bea", grant, { id })).codes).toEqual(["access/agreement-not-yours"]);
  const approvals = [{ by: "steward", level: 1, at: "2026-03-18T12:00:00.000Z" }];
  expect((await as("steward", grant, { id })).data).toEqual({ grantAccess: { state: "IN_FORCE", approvals } });
  const revoke = 'mutation ($id: ID!) { revokeAccess(id: $id, reason: "Done") { state } }';
  expect((await as("bea", revoke, { id })).codes).toEqual(["access/agreement-not-yours"]);
  expect((await as("ada", revoke, { id })).data).toEqual({ revokeAccess: { state: "REVOKED" } });
  const ended = { by: "ada", reason: "Done" };
  expect((await as("ada", mine)).data.myAccess).toEqual([{ id, state: "REVOKED", ended }]);
});

test("the catalog says what can be asked for, and what a reader sees", async () => {
  const { data } = await as(
    "ada",
    `{ purposes { id longestDays } dataProduct(id: "campus/courses") {
      roles { name description approvers secondApprovers masked minGroupSize groupBy }
      access { readable reasons purpose agreement until minGroupSize columns { column access } } } }`,
  );
  expect(data.purposes).toContainEqual({ id: "research", longestDays: 365 });
  expect(data.dataProduct.roles).toEqual([
    {
      ...{ name: "registrar", description: "Writes to convenors.", approvers: ["steward"], secondApprovers: ["owner"] },
      ...{ masked: ["convenor_email"], minGroupSize: 1, groupBy: [] },
    },
  ]);
  const { columns, ...access } = data.dataProduct.access;
  expect(access).toEqual({
    ...{ readable: true, purpose: null, agreement: null, until: null, minGroupSize: 1 },
    reasons: ["no agreement of ada for campus/courses is in force"],
  });
  expect(columns).toContainEqual({ column: "code", access: "clear" });
  expect(columns).toContainEqual({ column: "convenor_email", access: "denied" });
});

test("an approver says no", async () => {
  const { data } = await as("bea", requestAccess, { request: { ...request, consumer: "role:tutor" } });
  const { id } = data.requestAccess;
  const reject = 'mutation ($id: ID!) { rejectAccess(id: $id, reason: "Too much") { state ended { by reason } } }';
  const ended = { by: "steward", reason: "Too much" };
  expect((await as("steward", reject, { id })).data).toEqual({ rejectAccess: { state: "REJECTED", ended } });
  expect((await as("steward", reject, { id })).codes).toEqual(["access/agreement-closed"]);
});

test.each<[string, Record<string, unknown>, string]>([
  ["a product that is not there", { product: "school/nothing" }, "access/agreement-product-unknown"],
  ["a role that is not offered", { role: "admin" }, "access/agreement-role-unknown"],
  ["a time that is over", { until: "2020-01-01T00:00:00Z" }, "access/agreement-time"],
  ["a day that no calendar has", { until: "2026-02-31T12:00:00Z" }, "gateway/bad-variables"],
  [
    "rows by one column twice",
    {
      rows: [
        { column: "unit", values: ["A"] },
        { column: "unit", values: ["B"] },
      ],
    },
    "access/agreement-rows-twice",
  ],
])("what cannot be asked for is explained: %s", async (_, changes, code) => {
  expect((await as("cyd", requestAccess, { request: { ...request, ...changes } })).codes).toEqual([code]);
});

test.each<[Record<string, unknown>, string]>([
  [{ product: "enrolment" }, "school/enrolments"],
  [{ product: "school.enrolments" }, "school/enrolments"],
  [{ role: "resercher" }, "researcher"],
  [{ purpose: "reserch" }, "research"],
  [{ columns: ["person", "grades"] }, "grade"],
  [{ rows: [{ column: "units", values: ["A"] }] }, "unit"],
])("who asks for %j is told what may have been meant", async (changes, meant) => {
  const headers = { authorization: `Bearer ${await tokenFor("cyd")}` };
  const { errors } = await ask(requestAccess, { variables: { request: { ...request, ...changes } }, headers });
  expect(errors.map(({ extensions }) => extensions.hint)).toEqual([expect.stringContaining(`Did you mean ${meant}?`)]);
});

test("times are moments, in whichever zone they are written", async () => {
  const times = { from: "2026-03-19T00:30:00+14:00", until: "2026-03-31T23:30:00-12:00" };
  const { data } = await as("dee", requestAccess, { request: { ...request, ...times } });
  expect(data.requestAccess).toMatchObject({ from: "2026-03-18T10:30:00.000Z", until: "2026-04-01T11:30:00.000Z" });
});

const changes = [
  ["requestAccess", requestAccess, { request }],
  ["grantAccess", grant, { id: "ag_1" }],
  ["rejectAccess", 'mutation ($id: ID!) { rejectAccess(id: $id, reason: "x") { id } }', { id: "ag_1" }],
  ["revokeAccess", 'mutation ($id: ID!) { revokeAccess(id: $id, reason: "x") { id } }', { id: "ag_1" }],
] as const;

test.each([
  ...changes,
  ["myAccess", "{ myAccess { id } }", {}],
  ["accessRequests", "{ accessRequests { id } }", {}],
] as const)("nobody in particular gets nothing from %s", async (field, query, variables) => {
  const { data, errors } = await ask(query, { variables });
  expect(data).toEqual({ [field]: null });
  expect(errors.map(({ extensions }) => extensions.code)).toEqual(["access/agreement-anonymous"]);
});

test.each<[string, CredentialLimits, boolean]>([
  ["its product", { products: ["school/enrolments"] }, true],
  ["its product and purpose", { products: ["school/enrolments"], purposes: ["research"] }, true],
  ["another product", { products: ["campus/courses"] }, false],
  ["another purpose", { purposes: ["teaching"] }, false],
])("a credential that is limited to %s shows agreements within that", async (_, limits, isShown) => {
  const { data } = await as("flo", requestAccess, { request: { ...request, consumer: "flo" } });
  const { id } = data?.requestAccess ?? (await as("flo", "{ myAccess { id } }")).data.myAccess[0];
  const query = "{ myAccess { id } accessRequests { id } }";
  const shown = async (name: string) => {
    const headers = { authorization: `Bearer ${await limitedToken(name, limits)}` };
    const { data: seen } = await ask(query, { headers });
    return [...seen.myAccess, ...seen.accessRequests].map((one: { id: string }) => one.id);
  };
  expect(await shown("flo")).toEqual(isShown ? [id] : []);
  expect((await shown("steward")).includes(id)).toBe(isShown);
});

function limitedToken(name: string, limits: CredentialLimits): Promise<string> {
  const options = { key: tokenKeyOf("07".repeat(32)), now, ttlMs: 60_000 };
  return signToken({ name, roles: [], attributes: {}, limits }, options);
}

test.each(changes)("a credential that is limited to reading changes nothing by %s", async (_, query, variables) => {
  const token = await limitedToken("steward", { products: ["campus/courses"] });
  const { errors } = await ask(query, { variables, headers: { authorization: `Bearer ${token}` } });
  expect(errors.map(({ extensions }) => extensions.code)).toEqual(["access/agreement-limited"]);
});

test.each(changes)("where nobody keeps agreements, %s says so", async (_, query, variables) => {
  const headers = { authorization: `Bearer ${await tokenFor("ada")}` };
  const { errors } = await openDoor(mesh)(query, { variables, headers });
  expect(errors.map(({ extensions }) => extensions.code)).toEqual(["access/agreement-desk-closed"]);
});
