import { defineErrors } from "@thoth/kernel/mesh-error";

export const controlError = defineErrors("control", {
  unreachable: (p: { server: string; reason: string }) => ({
    message: `The control plane's Postgres ${p.server} cannot be reached: ${p.reason}`,
    hint: "Start that server or correct MESH_CONTROL_URL; without MESH_CONTROL_URL the mesh keeps its own store in MESH_HOME.",
  }),
  "invalid-url": (p: { problem: string }) => ({
    message: `The control plane's URL ${p.problem}`,
    hint: "Write it as postgres://user:password@host:5432/database, with special characters of the password percent-encoded.",
  }),
  "corrupt-store": (p: { dataDir: string; reason: string }) => ({
    message: `The control plane's store ${p.dataDir} cannot be opened: ${p.reason}`,
    hint: "Restore that folder from a backup, or move it aside and run `mesh run`: run history starts anew, published data is published again.",
  }),
  "store-not-created": (p: { dataDir: string; reason: string }) => ({
    message: `The control plane's store ${p.dataDir} cannot be created: ${p.reason}`,
    hint: "Make sure that the folder's disk has 100 MB left and that this user may write there, or point MESH_HOME elsewhere.",
  }),
  "newer-schema": (p: { migration: string }) => ({
    message: `The control plane has been changed by a newer version of the mesh (migration ${p.migration})`,
    hint: "Run that version or a later one; an older one could damage what it does not know.",
  }),
  "migration-failed": (p: { migration: string; reason: string }) => ({
    message: `The control plane's tables cannot be brought up to date (${p.migration}): ${p.reason}`,
    hint: "Nothing was changed. On a Postgres server the user needs the right to create a schema in its database.",
  }),
  "lock-lost": (p: { domain: string }) => ({
    message: `This run has lost the lock of ${p.domain}: its worker was out of the control plane's sight, and was taken for gone`,
    hint: "Nothing of it counts from then on, and readers keep what they had. The worker that took over runs it again; `mesh runs` shows that run.",
  }),
  "presence-lost": (p: { seconds: number }) => ({
    message: `This worker has been out of the control plane's sight for ${p.seconds} s, so that others may take it for gone`,
    hint: "It stopped its runs itself, and they are begun again. See that the Postgres server of MESH_CONTROL_URL can be reached from here.",
  }),
  "run-exists": (p: { runId: string }) => ({
    message: `Run ${p.runId} is on the ledger already`,
    hint: "Leave `runId` out to have one made, or count up `attempt` in a new run.",
  }),
  "unknown-run": (p: { runId: string }) => ({
    message: `There is no run ${p.runId} on the ledger`,
    hint: "`mesh runs` lists the runs there are.",
  }),
  "run-finished": (p: { runId: string; status: string }) => ({
    message: `Run ${p.runId} has ended already, as ${p.status}`,
    hint: "The ledger is append-only: start a new run, with this one as its parent if it belongs to it.",
  }),
  "run-not-queued": (p: { runId: string; status: string }) => ({
    message: `Run ${p.runId} is not waiting to begin: it is ${p.status}`,
    hint: "Only a queued run can begin, and only once.",
  }),
  "outcome-not-final": (p: { runId: string; status: string }) => ({
    message: `Run ${p.runId} cannot end as ${p.status}`,
    hint: "End it as success, partial, failed, aborted or skipped.",
  }),
  "failure-unexplained": (p: { runId: string }) => ({
    message: `Run ${p.runId} failed without saying why`,
    hint: "Give `failureClass` and `failureMessage` with the status `failed`.",
  }),
  "snapshot-exists": (p: { snapshotId: string }) => ({
    message: `Snapshot ${p.snapshotId} has been published already`,
    hint: "A snapshot is immutable: publish new rows under a new id.",
  }),
  "unknown-snapshot": (p: { product: string; snapshotId: string }) => ({
    message: `${p.product} has no snapshot ${p.snapshotId}`,
    hint: `\`mesh rollback ${p.product}\` goes back to the snapshot before the current one.`,
  }),
  "snapshot-pruned": (p: { product: string; snapshotId: string }) => ({
    message: `Snapshot ${p.snapshotId} of ${p.product} is no longer kept`,
    hint: `\`mesh rollback ${p.product}\` goes back to the snapshot before the current one.`,
  }),
  "snapshot-in-use": (p: { product: string; snapshotId: string }) => ({
    message: `Snapshot ${p.snapshotId} is what ${p.product} serves, so it cannot be pruned`,
    hint: "Publish or roll back to another snapshot first.",
  }),
  "never-published": (p: { product: string }) => ({
    message: `${p.product} has never been published`,
    hint: `Publish its first snapshot: \`mesh run ${p.product}\`.`,
  }),
  "home-in-use": (p: { home: string; pid: number; url: string | undefined }) => ({
    message: `${p.home} is in use by process ${p.pid}${p.url === undefined ? "" : `, which serves ${p.url}`}`,
    hint: "Use that one, stop it, or start this one with another MESH_HOME and MESH_PORT. `mesh up` includes a worker; more of them need MESH_CONTROL_URL.",
  }),
  "home-on-other-machine": (p: { home: string; pid: number; host: string; lock: string }) => ({
    message: `${p.home} is in use by process ${p.pid} on ${p.host}, which cannot be examined from here`,
    hint: `Stop it there. If that machine or container is gone, delete ${p.lock} and start again.`,
  }),
  "home-not-writable": (p: { home: string; reason: string }) => ({
    message: `${p.home} cannot be written: ${p.reason}`,
    hint: "Give this user the right to write there, or point MESH_HOME at a folder it may write.",
  }),
});
