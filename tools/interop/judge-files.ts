import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { installPython } from "./python-environment.ts";
import { verdict } from "./verdict.ts";

/** The one place that says which releases are asked. */
const packages = ["pyarrow==26.0.1", "fsspec[http]"];
const script = fileURLToPath(new URL("read_files.py", import.meta.url));
const server = fileURLToPath(import.meta.resolve("@thoth/gateway/files/fixtures/file-server-process"));

interface Reading {
  readonly rows: number;
  readonly none: number;
  readonly ids: number;
  readonly equal: boolean;
  readonly sameTypes: boolean;
  readonly types: Readonly<Record<string, string>>;
}

const types = {
  id: "int64",
  small: "int16",
  wide: "decimal128(38, 0)",
  price: "decimal128(12, 2)",
  flag: "bool",
  day: "date32[day]",
  moment: "timestamp[us]",
  instant: "timestamp[us, tz=UTC]",
  clock: "time64[us]",
  words: "list<item: string>",
};

/** Arrow and Parquet files of a product with every kind of column, read by the reference implementation of both. */
export async function judgeFiles(): Promise<boolean> {
  console.log(`installing ${packages.join(", ")} into an environment of its own`);
  await using python = await installPython(packages);
  const child = spawn(process.execPath, ["--conditions=thoth-source", server, "10"], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  try {
    const { value } = await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next();
    const url = String(JSON.parse(String(value)).url).replace("/events", "/readings");
    const reading = JSON.parse(await python.run([script, url])) as Reading;
    const found = Object.keys(types).map((name) => reading.types[name]);
    return [
      verdict("pyarrow reads all rows, of parts of Parquet too", [reading.rows, reading.ids, reading.none], [5, 5, 0]),
      verdict("the same values and types from Arrow and Parquet", [reading.equal, reading.sameTypes], [true, true]),
      verdict("with the columns' own types", found, Object.values(types)),
    ].every(Boolean);
  } finally {
    child.stdin.end();
    await once(child, "exit");
  }
}
