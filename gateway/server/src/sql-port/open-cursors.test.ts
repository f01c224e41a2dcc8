import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { now } from "./fixtures/library.ts";
import { agreementOf, dayMs, openPupilsDoor, type PupilsDoor, pupilCount } from "./fixtures/pupils.ts";

/** Nobody looks at open cursors by themselves. */
const never = 3_600_000;
const query = "select person, score from school.students";
const changed = { code: "42501", detail: "gateway/sql-access-changed" };

let door: PupilsDoor;
let client: pg.Client;

beforeAll(async () => {
  door = await openPupilsDoor({ limits: { reviewMs: never } });
});
afterAll(() => door?.[Symbol.asyncDispose]());
beforeEach(async () => {
  door.agreements = [agreementOf()];
  door.time = now;
  door.revoked.clear();
  client = await door.connect();
});
afterEach(() => client.end());

/** Rows that came, and how it ended. */
interface Seen {
  readonly rows: number;
  readonly failure: unknown;
}

interface Reading {
  /** In parts of so many rows, by the protocol. */
  readonly part?: number;
  /** Before the next part is asked for. */
  readonly onSuspended?: () => void;
}

async function read(text: string, { part, onSuspended }: Reading = {}): Promise<Seen> {
  let rows = 0;
  const asked = new pg.Query({ text, rows: part } as pg.QueryConfig) as pg.Query & {
    handlePortalSuspended(connection: unknown): void;
    handleCopyData(): void;
  };
  const goOn = asked.handlePortalSuspended.bind(asked);
  asked.handlePortalSuspended = (connection) => {
    onSuspended?.();
    goOn(connection);
  };
  asked.handleCopyData = () => {
    rows += 1;
  };
  asked.on("row", () => {
    rows += 1;
  });
  const failure = await new Promise((resolve) => {
    asked.on("end", () => resolve(undefined)).on("error", resolve);
    client.query(asked);
  });
  return { rows, failure };
}

async function openCursor(options = ""): Promise<void> {
  if (options === "") await client.query("begin");
  await client.query(`declare c cursor ${options} for ${query}`);
  expect((await client.query("fetch 1 from c")).rows).toHaveLength(1);
}

describe.each<[string, Partial<Pick<PupilsDoor, "agreements" | "time">>]>([
  ["is revoked", { agreements: [] }],
  ["is over by the clock", { time: now + dayMs }],
  ["is for fewer rows", { agreements: [agreementOf({ rows: { unit: ["A"] } })] }],
  ["is for fewer columns", { agreements: [agreementOf({ columns: ["person"] })] }],
  ["shows less", { agreements: [agreementOf({ role: "auditor" })] }],
])("when the agreement %s", (_what, changes) => {
  const change = () => void Object.assign(door, changes);

  test.each(["fetch 5 from c", "fetch all from c", "move 5 in c"])(
    "an open cursor gives nothing to %s",
    async (text) => {
      await openCursor();
      change();
      await expect(client.query(text)).rejects.toMatchObject(changed);
      expect(door.reads.at(-1)).toMatchObject({ outcome: "allowed", rows: 1 });
    },
  );

  test("what was declared only gives nothing", async () => {
    await client.query("begin");
    await client.query(`declare c cursor for ${query}`);
    change();
    await expect(client.query("fetch 1 from c")).rejects.toMatchObject(changed);
  });

  test("the next part of a statement does not come", async () => {
    expect(await read(query, { part: 10, onSuspended: change })).toMatchObject({ rows: 10, failure: changed });
  });
});

test("a held cursor gives nothing any more, not even when all is as before", async () => {
  await openCursor("with hold");
  door.agreements = [];
  await expect(client.query("fetch 5 from c")).rejects.toMatchObject(changed);
  door.agreements = [agreementOf()];
  await expect(client.query("fetch 5 from c")).rejects.toMatchObject(changed);
  expect((await client.query(`${query} limit 1`)).rows).toHaveLength(1);
});

test("a cursor is for the purpose for which it was declared", async () => {
  await client.query("set mesh.purpose = 'study'");
  await openCursor();
  await client.query("set mesh.purpose = 'something else'");
  expect((await client.query("fetch 5 from c")).rows).toHaveLength(5);
  door.agreements = [];
  await expect(client.query("fetch 5 from c")).rejects.toMatchObject(changed);
});

test("a cursor whose reader's token has ended ends the session", async () => {
  await openCursor();
  door.revoked.add("ada");
  const signedOut = { detail: "gateway/sql-signed-out, access/token-expired" };
  await expect(client.query("fetch 5 from c")).rejects.toMatchObject(signedOut);
});

describe("one answer of many batches", () => {
  // The audit trail hears of it once the first batch was let through.
  const onRead = async () => {
    revoking.agreements = [];
  };
  let revoking: PupilsDoor;

  beforeAll(async () => {
    revoking = await openPupilsDoor({ limits: { reviewMs: never }, onRead });
  });
  afterAll(() => revoking?.[Symbol.asyncDispose]());
  beforeEach(async () => {
    revoking.agreements = [agreementOf()];
    await client.end();
    client = await revoking.connect();
  });

  test.each<[string, string, Reading?]>([
    ["a SELECT", query],
    ["a SELECT with a limit of rows", query, { part: pupilCount }],
    ["a copy", `copy (${query}) to stdout`],
  ])("%s ends behind the batch at which the agreement ended", async (_what, text, reading) => {
    const { rows, failure } = await read(text, reading);
    expect(failure).toMatchObject(changed);
    expect(rows).toBeGreaterThan(0);
    expect(rows).toBeLessThan(pupilCount);
  });
});

test("a copy comes whole while nothing changes", async () => {
  expect(await read(`copy (${query}) to stdout`)).toEqual({ rows: pupilCount, failure: undefined });
});

test("an open cursor that nobody asks is closed by the look at what is open", async () => {
  await using looking = await openPupilsDoor({ limits: { reviewMs: 20 } });
  await client.end();
  client = await looking.connect();
  await openCursor();
  expect(looking.reads.map(({ outcome }) => outcome)).toEqual(["begun"]);
  looking.agreements = [];
  await expect.poll(() => looking.reads.at(-1)).toMatchObject({ outcome: "allowed", rows: 1 });
  looking.agreements = [agreementOf()];
  await expect(client.query("fetch 5 from c")).rejects.toMatchObject(changed);
});
