import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { findContracts } from "@thoth/contract/contract-files";
import { diffContracts } from "@thoth/contract/diff/diff-contracts";
import { cases, pair } from "@thoth/contract/diff/fixtures/rule-cases";
import { parseContractFile } from "@thoth/contract/read-contract-file";
import { contractVariants, type Variant } from "./contract-variants.ts";
import { type Answer, datacontractVersion, installDatacontractCli } from "./datacontract-cli.ts";
import { explainChanges, type Unexplained } from "./explain-changes.ts";
import { InteropError } from "./interop-error.ts";
import { judgeAirbyte } from "./judge-airbyte.ts";
import { judgeAirbyteKit } from "./judge-airbyte-kit.ts";
import { judgeFiles } from "./judge-files.ts";
import { judgeIdentity } from "./judge-identity.ts";
import { judgeSql } from "./judge-sql.ts";
import { judgeSqlClients } from "./judge-sql-clients.ts";

/**
 * Other tools' opinion. On our contracts and our comparison of contracts: it must find nothing wrong with the former, and
 * see nothing that the latter does not. On the Airbyte protocol: their sources and one built with a kit through our connector, ours
 * by their models. On
 * files of products: Arrow and Parquet, by the reference implementation of both. On the SQL port: drivers and tools that
 * people bring along. On tokens: a certified OpenID Connect provider.
 */
const root = fileURLToPath(new URL("../../", import.meta.url));
const seed = Number(process.env.INTEROP_SEED ?? 1);

try {
  const contracts = await judge();
  const sources = await judgeAirbyte();
  const kit = await judgeAirbyteKit();
  const files = await judgeFiles();
  const sql = await judgeSql();
  const clients = await judgeSqlClients();
  const identity = await judgeIdentity();
  process.exitCode = contracts && sources && kit && files && sql && clients && identity ? 0 : 1;
} catch (failure) {
  if (!(failure instanceof InteropError)) throw failure;
  console.error(`${failure.message}\n  hint ${failure.hint}`);
  process.exitCode = 1;
}

async function judge(): Promise<boolean> {
  console.log(`installing datacontract-cli ${datacontractVersion} into an environment of its own`);
  await using cli = await installDatacontractCli();
  const files = (await findContracts(root)).map(({ file }) => file);
  const pairs = await allVariants();
  console.log(`asking it about ${files.length} contracts and ${pairs.length} pairs`);
  const answer = await cli.ask({ lint: files.map((file) => join(root, file)), pairs });
  const clean = reportLint(answer);
  return reportChanges(answer, pairs) && clean;
}

/** One pair for every outcome of the rule table, and variants of every contract that is in work. */
async function allVariants(): Promise<Variant[]> {
  const table = cases.map(({ row, rule, outcome, edit }, index): Variant => {
    const [before, after] = pair(edit);
    return { name: `row ${row}, ${rule}, ${outcome} (${index})`, before, after };
  });
  const places = (await findContracts(root)).filter(({ kind }) => kind === "product");
  const contracts = places.flatMap(({ file }) => parseContractFile(root, file).contract ?? []);
  return [...table, ...contractVariants(contracts, seed)];
}

function reportLint({ lint }: Answer): boolean {
  const unclean = lint.filter(({ result }) => result !== "passed");
  for (const { file, problems } of unclean)
    console.log(`UNCLEAN ${file}\n${problems.map((one) => `  ${one}`).join("\n")}`);
  console.log(`${lint.length - unclean.length} of ${lint.length} contracts are clean`);
  return unclean.length === 0;
}

function reportChanges({ pairs }: Answer, variants: readonly Variant[]): boolean {
  let [changes, failed] = [0, 0];
  for (const [index, { name, entries }] of pairs.entries()) {
    const variant = variants[index];
    if (variant === undefined) throw new Error(`nobody asked about ${name}`);
    const unexplained = explainChanges(entries, diffContracts(variant.before, variant.after));
    changes += entries.length;
    failed += unexplained.length;
    for (const one of unexplained) console.log(describe(name, one));
  }
  console.log(
    `${changes - failed} of the ${changes} differences it sees in ${pairs.length} pairs are explained by ours`,
  );
  return failed === 0;
}

function describe(name: string, { change, why }: Unexplained): string {
  const reason = why === "unseen" ? "we do not see it" : "we call it harmless";
  return `UNEXPLAINED ${name}\n  ${change.path} ${change.type} (${change.level}): ${change.message}; ${reason}`;
}
