import { openControl } from "@thoth/control/open-control";
import { expect, test } from "vitest";
import { startPostgres } from "./postgres.ts";

test("serves databases that know nothing of each other, and nothing once disposed", async () => {
  let url: string;
  {
    await using postgres = await startPostgres();
    url = await postgres.createDatabase("other");
    await using first = await openControl({ url: postgres.url });
    await using other = await openControl({ url });
    await other.execute("create table here(a int)");
    const find = "select to_regclass('here')::text as found";
    expect(await other.query(find)).toEqual([{ found: "here" }]);
    expect(await first.query(find)).toEqual([{ found: null }]);
  }
  await expect(openControl({ url })).rejects.toMatchObject({ code: "control/unreachable" });
});
