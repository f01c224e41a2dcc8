import type { ControlPlane } from "@thoth/control/open-control";
import { startPostgres } from "@thoth/testing/postgres";
import { openTestMesh } from "@thoth/testing/test-mesh";
import { expect, test } from "vitest";
import { patientMesh } from "./patient-mesh.ts";

/** The server keeps a transaction, and drops the connection before it has said so. */
function losingOneAnswer(control: ControlPlane): ControlPlane {
  let isLost = false;
  return {
    ...control,
    transaction: async (work) => {
      const result = await control.transaction(work);
      if (!isLost) {
        isLost = true;
        await control.query("select pg_terminate_backend(pg_backend_pid())");
      }
      return result;
    },
  };
}

test("a snapshot whose publish was kept and the answer lost is published; another one of its id is not", async () => {
  await using postgres = await startPostgres();
  await using world = await openTestMesh([], { controlUrl: await postgres.createDatabase("lost_answers") });
  const { signal } = new AbortController();
  const eggs = {
    id: "eggs-1",
    domain: "farm",
    product: "eggs",
    contractVersion: "1.0.0",
    rowCount: 1,
    sizeBytes: 1,
    publishedAt: world.mesh.clock(),
    watermark: null,
    runId: "run-1",
  };
  const patient = () => patientMesh({ ...world.mesh, control: losingOneAnswer(world.mesh.control) }, signal);
  expect(await patient().pointers.publish(eggs)).toMatchObject(eggs);
  expect(await world.currentOf("farm/eggs")).toMatchObject(eggs);
  expect(await world.mesh.pointers.history("farm", "eggs")).toHaveLength(1);
  const exists = { code: "control/snapshot-exists" };
  await expect(patient().pointers.publish(eggs)).rejects.toMatchObject(exists);
  await expect(patient().pointers.publish({ ...eggs, runId: "run-2" })).rejects.toMatchObject(exists);
});
