import { createConnection } from "mysql2/promise";
import { expect, test } from "vitest";
import { findMariadb, startMariadb } from "./mariadb.ts";

test.skipIf(findMariadb() === undefined)("serves databases, and nothing once disposed", async () => {
  let url: string;
  {
    await using mariadb = await startMariadb();
    url = await mariadb.createDatabase("other");
    const connection = await createConnection(url);
    const [rows] = await connection.query("select database() as name, @@time_zone as zone");
    expect(rows).toEqual([{ name: "other", zone: "+10:00" }]);
    await connection.end();
  }
  await expect(createConnection(url)).rejects.toMatchObject({ code: "ECONNREFUSED" });
});
