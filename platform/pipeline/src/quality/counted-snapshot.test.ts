import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { openTestMesh } from "@thoth/testing/test-mesh";
import { openWriteSide, type WriteSide } from "@thoth/warehouse/write-side";
import { expect, test } from "vitest";
import type { JobContext } from "../job-context.ts";
import { publishProduct } from "../publish-product.ts";

/** The engine, but something else puts a row in as soon as the snapshot has been written. */
function disturbed(engine: WriteSide): WriteSide {
  return new Proxy(engine, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (name === "run")
        return async (sql: string) => {
          const changed = await target.run(sql);
          if (sql.startsWith("detach")) await target.run("insert into staging.sales values (4)");
          return changed;
        };
      return typeof member === "function" ? member.bind(target) : member;
    },
  });
}

test("a snapshot that does not hold what was staged is not served", async () => {
  const products = { sales: { sql: "select 1 as id", key: ["id"], columns: { id: "integer" } } };
  await using world = await openTestMesh([{ name: "shop", products }]);
  const { mesh } = world;
  const { home } = mesh;
  await using engine = await openWriteSide({ file: home.writeFile("shop"), tmpDir: home.tmpDir, pseudonymKey: "k" });
  await engine.run("create table staging.sales as select unnest([1, 2, 3]) as id");
  const [product] = mesh.domains[0]?.loadedProducts ?? [];
  if (product === undefined) throw new Error("the shop has no product");
  const context = { mesh, runId: "run", signal: new AbortController().signal };
  const publish = (side: WriteSide) => publishProduct(product.model, null, { ...context, engine: side } as JobContext);
  await expect(publish(disturbed(engine))).rejects.toMatchObject({
    code: "pipeline/counts-differ",
    message: expect.stringContaining("there must be 4 (as many as were staged), and there are 3"),
  });
  expect(await world.currentOf("shop/sales")).toBeUndefined();
  expect((await publish(engine)).rowCount).toBe(4);
  expect(await world.rows("shop/sales")).toHaveLength(4);
  expect(await readdir(join(home.snapshotsDir, "shop/sales"))).toHaveLength(1);
});
