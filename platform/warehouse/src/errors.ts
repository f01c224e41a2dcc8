import { defineErrors } from "@thoth/kernel/mesh-error";

export const warehouseError = defineErrors("warehouse", {
  "corrupt-file": (p: { file: string; reason: string }) => ({
    message: `${p.file} is not a database the engine can open: ${p.reason}`,
    hint: "Move the file away and run the domain with --full: everything in it is rebuilt from the sources.",
  }),
  "file-in-use": (p: { file: string; pid?: number | undefined }) => ({
    message: `${p.file} is open in ${p.pid === undefined ? "another process" : `process ${p.pid}`}`,
    hint: "Only one process writes a domain's warehouse. Stop that process, or give this one its own MESH_HOME.",
  }),
  "file-unreachable": (p: { file: string; reason: string }) => ({
    message: `${p.file} cannot be opened: ${p.reason}`,
    hint: "Check that the folder exists and that this user may read and write it.",
  }),
  "corrupt-snapshot": (p: { file: string; reason: string }) => ({
    message: `the snapshot ${p.file} cannot be read: ${p.reason}`,
    hint: "The snapshot that was served before still is. Run the product with --full to publish a new one, or roll back.",
  }),
  "snapshot-not-written": (p: { file: string; reason: string }) => ({
    message: `the snapshot ${p.file} could not be written: ${p.reason}`,
    hint: "Nothing was published and the current snapshot is untouched. Check free space and permissions, then run again.",
  }),
  "no-snapshot": (p: { domain: string; product: string }) => ({
    message: `${p.domain}/${p.product} has not been published yet`,
    hint: `The first run of mesh up does that, and may be under way: mesh runs shows it, and why a run did not publish. If none is, run its pipeline: mesh run ${p.domain}/${p.product}.`,
  }),
  "not-a-read": (p: { statement: string }) => ({
    message: `the read side runs queries only, not: ${p.statement}`,
    hint: "Published snapshots are immutable. Change data in a domain's pipeline.",
  }),
  "too-many-queries": (p: { waiting: number; running: number; waitMs: number }) => ({
    message: `${p.running} queries run and ${p.waiting} wait already: it would take about ${Math.ceil(p.waitMs / 1000)} s until the next can begin`,
    hint: "Try again in a moment, or ask for less at a time.",
    retryAfterMs: p.waitMs,
  }),
  "current-file-unreadable": (p: { file: string; reason: string }) => ({
    message: `${p.file} cannot be read: ${p.reason}`,
    hint: "The process that owns the mesh writes it at every publish; run any product to have it written again.",
  }),
  "reserved-name": (p: { name: string }) => ({
    message: `"${p.name}" cannot be the SQL name of a domain: the write side uses it itself`,
    hint: "Rename the domain.",
  }),
  "statement-failed": (p: { reason: string }) => ({
    message: p.reason,
    hint: "The message is the engine's. Correct the statement at the place named, or the data it reads.",
  }),
  "transaction-spoilt": () => ({
    message: "a statement of the transaction had failed, so nothing of it was kept",
    hint: "Let the failure of the statement end the transaction, or run the statement outside of it.",
  }),
  "disk-full": (p: { reason: string }) => ({
    message: `the disk is full: ${p.reason}`,
    hint: "Free space under MESH_HOME, or prune old snapshots, and run again. Nothing that was published is lost.",
  }),
  "out-of-memory": (p: { reason: string }) => ({
    message: `the engine ran out of memory: ${p.reason}`,
    hint: "Raise the memory limit of the engine (MESH_RUN_MEMORY_MB for runs), or make the statement read less at once.",
  }),
  "engine-broken": (p: { reason: string }) => ({
    message: `the engine stopped after an internal failure: ${p.reason}`,
    hint: "Restart the process. When it fails again on the same file, move the file away and run with --full.",
  }),
  "sql-syntax": (p: { reason: string }) => ({
    message: p.reason,
    hint: "The message is that of the engine's parser. The dialect is DuckDB's SQL, without templating.",
  }),
  "sql-not-a-select": (p: { keyword: string }) => ({
    message: p.keyword === "" ? "the file holds no statement" : `${p.keyword} is not a query`,
    hint:
      p.keyword === "PIVOT"
        ? "List the values to pivot on, so that the columns do not depend on the data: pivot t on c in ('a', 'b') using sum(x)."
        : "Write one SELECT (or WITH … SELECT, FROM …, VALUES …). The platform creates the table from its result.",
  }),
  "sql-several-statements": (p: { count: number }) => ({
    message: `the file holds ${p.count} statements; the second one begins here`,
    hint: "One file fills one table with one SELECT. Use WITH for intermediate results, or another file for another table.",
  }),
  "read-refused": (p: { table: string; hint: string }) => ({
    message: `${p.table} may not be read here`,
    hint: p.hint,
  }),
  "mapping-reads": (p: { table: string; source: string }) => ({
    message: `${p.table} may not be read here: an earlier major version is made from the current one alone`,
    hint: `Read ${p.source} and nothing else; what it does not hold can be added to the new version.`,
  }),
  "mapping-name": (p: { table: string }) => ({
    message: `the name of the table ${p.table} is not written in a way that can be followed`,
    hint: "Write <domain>.product.<table> in one piece, without comments between its parts.",
  }),
  "function-refused": (p: { name: string; hint: string }) => ({
    message: `${p.name}() may not be used here`,
    hint: p.hint,
  }),
  "cyclic-dependency": (p: { cycle: readonly string[] }) => ({
    message: `these depend on each other: ${p.cycle.join(" → ")}`,
    hint: "Break the cycle: move what both need into a table of its own that reads neither.",
  }),
  "value-type": (p: { table: string; row: number; column: string; type: string; value: string }) => ({
    message: `row ${p.row} of ${p.table}: ${p.value} in column ${p.column} is no ${p.type}`,
    hint: `Correct the value, or declare column ${p.column} with a type that can hold it.`,
  }),
});
