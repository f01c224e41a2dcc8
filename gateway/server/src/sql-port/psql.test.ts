import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { decide } from "@thoth/access/decide";
import { afterAll, beforeAll, expect, test } from "vitest";
import { keyOfRobot, openSqlDoor, type SqlDoor, tokenOfAda } from "./fixtures/sql-door.ts";

const run = promisify(execFile);
const isHere = await run("psql", ["--version"]).then(
  () => true,
  () => false,
);

let door: SqlDoor;

beforeAll(async () => {
  if (isHere) door = await openSqlDoor();
  else console.warn("psql is not on this machine: its tests are skipped");
});
afterAll(() => door?.[Symbol.asyncDispose]());

interface Reader {
  readonly user?: string;
  readonly password?: string;
  readonly at?: SqlDoor;
}

async function psql(commands: readonly string[], { user = "ada", password = tokenOfAda, at = door }: Reader = {}) {
  const args = ["-X", "-h", "127.0.0.1", "-p", String(at.port), "-U", user, "mesh"];
  const said = { PGPASSWORD: password, PGOPTIONS: "-c mesh.purpose=reading", PAGER: "", LC_ALL: "C" };
  const env = { ...process.env, ...said };
  const each = commands.flatMap((command) => ["-c", command]);
  const { stdout, stderr } = await run("psql", [...args, ...each], { env, encoding: "utf8", maxBuffer: 2 ** 24 }).catch(
    (failure: { stdout: string; stderr: string }) => failure,
  );
  return { stdout, stderr };
}

test.runIf(isHere)("psql describes what its reader sees", async () => {
  const commands = ["\\l", "\\dn", "\\dt", "\\d", "\\dp", "\\di", "\\dv", "\\df", "\\du", "\\dd", "\\dT", "\\dx"];
  const { stdout, stderr } = await psql([...commands, "\\d library_loans.books", "\\d+ visits"]);
  expect(stderr).toBe("Did not find any relations.\n");
  expect(stdout).toMatch(/^ library_loans +\| books +\| table/m);
  expect(stdout).toMatch(/^ mesh +\|/m);
  expect(stdout).toMatch(/^ price +\| numeric\(9,2\)/m);
  expect(stdout).toContain('"books_pkey" PRIMARY KEY, btree (isbn)');
  expect(stdout).toMatch(/^ note +\| text.*The note\./m);
});

test.runIf(isHere)("psql says so when its reader sees nothing", async () => {
  await using shut = await openSqlDoor({ decide: (...asked) => ({ ...decide(...asked), readable: false }) });
  const { stdout, stderr } = await psql(["\\dt", "select count(*) from information_schema.tables"], { at: shut });
  expect(stderr).toBe("Did not find any relations.\n");
  expect(stdout).toMatch(/^ +\d+\n\(1 row\)/m);
});

test.runIf(isHere)("psql asks, as a table and as a copy", async () => {
  const { stdout, stderr } = await psql([
    "\\pset format csv",
    "select isbn, price, scanned_at, is_lent from library_loans.books order by isbn limit 1",
    "copy (select isbn, title from library_loans.books order by isbn) to stdout with (format csv, header)",
    "show mesh.purpose",
    "\\timing off",
  ]);
  expect(stderr).toBe("");
  expect(stdout).toContain("isbn,price,scanned_at,is_lent\nA1,12.50,2026-03-01 10:00:00.5+00,t\n");
  expect(stdout).toContain('isbn,title\nA1,Algebra\nB2,"It\'s ""B"", \\n"\nC3,\n');
  expect(stdout).toContain("mesh.purpose\nreading\n");
});

test.runIf(isHere)("psql shows what is wrong, where, and what to do", async () => {
  const { stderr } = await psql(["select isbn,\n  shelf, nope from library_loans.books"]);
  expect(stderr).toContain("LINE 2:   shelf, nope");
  expect(stderr).toContain("DETAIL:  warehouse/statement-failed");
  expect(stderr).toContain("HINT:  ");
  expect((await psql(["select 1"], { password: "wrong" })).stderr).toContain("access/token-invalid");
});

test.runIf(isHere)("psql signs in as a service, without telling its key", async () => {
  const robot = await psql(["select current_user"], { user: "service:robot", password: keyOfRobot });
  expect(robot).toMatchObject({ stderr: "", stdout: expect.stringContaining("service:robot") });
});

test.runIf(isHere)("psql fetches much in parts", async () => {
  const { stdout, stderr } = await psql([
    "\\set FETCH_COUNT 7000",
    "select number from library_loans.visits order by number",
  ]);
  expect(stderr).toBe("");
  expect(stdout).toContain(" 199999\n");
});
