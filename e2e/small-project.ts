import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { seedControlStore } from "@thoth/testing/control-store";
import { type TempDir, tempDir } from "@thoth/testing/temp-dir";
import { copyTree, madeOnce } from "./made-once.ts";
import { type MeshOptions, type MeshResult, mesh, repository } from "./mesh-process.ts";

/** A repository of its own around a few small domains, with the platform of this one. */
export interface SmallProject extends AsyncDisposable {
  readonly root: string;
  /** Runs a command in it; its state lies in its own `var/`. */
  mesh(args: readonly string[], env?: MeshOptions["env"]): Promise<MeshResult>;
  read(file: string): Promise<string>;
  write(file: string, text: string): Promise<void>;
  /** Replaces the first occurrence; fails when there is none. */
  change(file: string, from: string, to: string): Promise<void>;
  /** The same with everything in it, state included. */
  copy(): Promise<SmallProject>;
}

/** Copied, because commands write beside them. */
const copied = ["mesh.config.ts", "templates", "contracts/glossary", "contracts/policies"];
/** Not copied: nothing changes them. */
const linked = ["node_modules", "platform"];

export async function emptyProject(): Promise<SmallProject> {
  const dir = await tempDir("mesh-project-");
  await writeFile(join(dir.path, "package.json"), '{ "type": "module" }\n');
  await mkdir(join(dir.path, "contracts"));
  for (const name of copied) copyTree(join(repository, name), join(dir.path, name));
  for (const name of linked) await symlink(join(repository, name), join(dir.path, name));
  await seedControlStore(join(dir.path, "var/control"));
  return openProject(dir);
}

/** `library-loans` with the product `loans`, as the template writes it. */
export function loansProject(): Promise<SmallProject> {
  return copyOf("loans", async () => {
    const project = await emptyProject();
    await succeed(project, ["new", "domain", "library-loans", "--product", "loans"]);
    return project;
  });
}

/** The same after its first run, for which it has written itself 500 rows of sample data. */
export function publishedLoans(): Promise<SmallProject> {
  return copyOf("loans-published", () => published(loansProject));
}

/** Beside `library-loans` a domain `reading-rooms`, whose product `visits` reads `loans` and leads to it by key. */
export function twoDomainsProject(): Promise<SmallProject> {
  return copyOf("two-domains", makeTwoDomains);
}

/** The same after its first run: 500 rows in each product. */
export function publishedTwoDomains(): Promise<SmallProject> {
  return copyOf("two-domains-published", () => published(twoDomainsProject));
}

async function copyOf(name: string, make: () => Promise<SmallProject>): Promise<SmallProject> {
  return copyProject(await madeOnce(name, make));
}

async function published(make: () => Promise<SmallProject>): Promise<SmallProject> {
  const project = await make();
  await succeed(project, ["run"]);
  return project;
}

async function makeTwoDomains(): Promise<SmallProject> {
  const project = await loansProject();
  await succeed(project, ["contract", "publish"]);
  await succeed(project, ["new", "domain", "reading-rooms", "--product", "visits"]);
  const folder = "domains/reading-rooms/products/visits";
  await project.change(`${folder}/contract.odcs.yaml`, "      - id: category", `${loanColumn}      - id: category`);
  await project.write(
    `${folder}/product.sql`,
    "select r.id, l.id as loan_id, r.category, r.amount, r.changed_at from clean.records r join library_loans.product.loans l on l.id = r.id",
  );
  await project.change(
    "domains/reading-rooms/domain.ts",
    '{ name: "visits" }',
    '{ name: "visits", inputPorts: ["library-loans/loans"] }',
  );
  return project;
}

const loanColumn = `      - id: loan_id
        name: loan_id
        logicalType: integer
        logicalTypeOptions: { format: i64 }
        description: The loan that the visit was for.
        classification: internal
        relationships:
          - to: ../../../../contracts/published/library-loans/loans/0.1.0.odcs.yaml#/schema/loan/properties/id
`;

async function succeed(project: SmallProject, args: readonly string[]): Promise<void> {
  const { code, out, err } = await project.mesh(args);
  if (code !== 0) throw new Error(`mesh ${args.join(" ")} ended with ${code}:\n${out}${err}`);
}

function openProject(dir: TempDir): SmallProject {
  const root = dir.path;
  const read = (file: string) => readFile(join(root, file), "utf8");
  const write = (file: string, text: string) => writeFile(join(root, file), text);
  return {
    root,
    mesh: (args, env = {}) => mesh(args, { cwd: root, env }),
    read,
    write,
    async change(file, from, to) {
      const text = await read(file);
      if (!text.includes(from)) throw new Error(`${file} does not hold ${from}`);
      await write(
        file,
        text.replace(from, () => to),
      );
    },
    copy: () => copyProject(root),
    [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose](),
  };
}

async function copyProject(root: string): Promise<SmallProject> {
  const dir = await tempDir("mesh-project-");
  copyTree(root, dir.path);
  return openProject(dir);
}
