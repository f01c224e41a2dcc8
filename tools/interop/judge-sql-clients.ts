import { copyFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { tempDir } from "@thoth/testing/temp-dir";
import { InteropError } from "./interop-error.ts";
import { runProgram } from "./run-program.ts";
import { openSqlServer } from "./sql-server.ts";
import { verdict } from "./verdict.ts";

/** Clients of one language, and the program that asks by them. */
interface Language {
  readonly name: string;
  /** Says that it is on this machine. */
  readonly version: readonly string[];
  /** With their releases: the one place that says which are asked. */
  readonly packages: readonly string[];
  /** File in `sql-clients/`, and what it is called where it runs: only there are the packages that it imports. */
  readonly program: readonly [source: string, copy: string];
  /** Fetches the packages into a folder of their own. */
  readonly install: (packages: readonly string[]) => readonly (readonly string[])[];
  readonly run: readonly string[];
}

const languages: readonly Language[] = [
  {
    name: "JavaScript",
    version: ["npm", "--version"],
    packages: [
      ...["pg@8.23.1", "pg-cursor@2.22.0", "pg-query-stream@4.17.0", "postgres@3.4.9", "knex@3.3.0", "kysely@0.29.9"],
      ...["slonik@49.10.9", "zod@4.6.7", "drizzle-orm@0.45.4"],
    ],
    program: ["ask.mjs.txt", "ask.mjs"],
    install: (packages) => [["npm", "install", "--no-audit", "--no-fund", "--no-save", "--prefix", ".", ...packages]],
    run: [process.execPath, "ask.mjs"],
  },
  {
    name: "Go",
    version: ["go", "version"],
    packages: ["github.com/jackc/pgx/v5@v5.12.0", "github.com/lib/pq@v1.12.3"],
    program: ["ask.go", "main.go"],
    install: (packages) => [
      ["go", "mod", "init", "ask"],
      ["go", "get", ...packages],
    ],
    run: ["go", "run", "."],
  },
  {
    name: "Java",
    version: ["mvn", "--version"],
    packages: ["org.postgresql:postgresql:42.7.4"],
    program: ["ask.java", "Ask.java"],
    install: ([artifact]) => [
      [
        "mvn",
        "-q",
        "-B",
        "dependency:copy",
        `-Dartifact=${artifact}`,
        "-DoutputDirectory=.",
        "-Dmdep.stripVersion=true",
      ],
    ],
    run: ["java", "-cp", "postgresql.jar", "Ask.java"],
  },
];

const isbns = "A1\nB2\nC3\n";

/** Client → what it must find. */
const expected: Readonly<Record<string, readonly unknown[]>> = {
  pg: [[10, 5], 200_000, [{ id: 1 }], [1, 1]],
  postgres: [["9007199254740993", "123456789012345.678", [1, null, -3]], [1, 2], 2, 200_000, "42703", isbns],
  knex: [[{ id: 1 }], [true, true], 200_000, { id: 3 }],
  kysely: [
    ["archive.books", "library_loans.books", "library_loans.kinds", "library_loans.visits"],
    [{ id: 1 }, { id: 2 }],
    200_000,
  ],
  slonik: [1, [1, 2], 1],
  drizzle: [[{ id: 1 }], [{ one: 1 }]],
  pgx: [true, '4 [[1 2] [3 4]]{"a": [1, null], "b": "x"}', [1, 1, 1, 1, 1], 6, 200_000, isbns, "42703", 1],
  "lib/pq": [true, 1, [1, 2], "42703", 200_000],
  "lib/pq binary": [true, 1, [], "42703", 200_000],
  jdbc: [
    ...["books kinds visits", "number", "books", "text text int4 numeric date timestamptz float8 bool text"],
    ...[true, 63, 200_000, "42703 2", "A1 B2 C3", 2],
  ],
};

/** Drivers and tools of other languages than Python, each where its language is on this machine. */
export async function judgeSqlClients(): Promise<boolean> {
  await using server = await openSqlServer();
  const verdicts: boolean[] = [];
  for (const language of languages) {
    if (await isHere(language)) verdicts.push(await judgeLanguage(language, server.login));
    else console.log(`skip the clients of ${language.name}: ${language.version[0]} is not on this machine`);
  }
  return verdicts.every(Boolean);
}

async function isHere({ version }: Language): Promise<boolean> {
  return runProgram(version).then(
    () => true,
    () => false,
  );
}

async function judgeLanguage(
  { packages, program, install, run }: Language,
  login: readonly string[],
): Promise<boolean> {
  console.log(`installing ${packages.join(", ")} into a folder of their own`);
  await using folder = await tempDir("thoth-interop-");
  const [source, copy] = program;
  const file = fileURLToPath(new URL(`sql-clients/${source}`, import.meta.url));
  await writeFile(join(folder.path, "package.json"), "{}\n");
  await copyFile(file, join(folder.path, copy));
  for (const command of install(packages)) await installed(command, folder.path);
  const said = await runProgram([...run, ...login], { folder: folder.path });
  const found = JSON.parse(said) as Readonly<Record<string, readonly unknown[]>>;
  return Object.entries(found)
    .map(([client, answers]) => verdict(`${client} finds what is there`, shown(answers), shown(expected[client] ?? [])))
    .every(Boolean);
}

async function installed(command: readonly string[], folder: string): Promise<void> {
  try {
    await runProgram(command, { folder });
  } catch (cause) {
    throw new InteropError(
      `${command.join(" ")} failed: ${(cause as Error).message}`,
      "This check needs the package registry of that language, or a mirror that its client is configured for.",
    );
  }
}

function shown(answers: readonly unknown[]): string[] {
  return answers.map((answer) => JSON.stringify(answer));
}
