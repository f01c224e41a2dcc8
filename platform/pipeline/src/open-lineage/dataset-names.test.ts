import type { DatasetAddress } from "@thoth/ingest/dataset-address";
import { expect, test } from "vitest";
import type { Domain } from "../domain.ts";
import { readAddresses } from "./dataset-names.ts";

const known: DatasetAddress = { namespace: "postgres://db:5432", name: "ontrack.public.tasks" };

test("a stream that fails to tell its address, or never does, leaves the others theirs", async () => {
  const streams = [
    { name: "silent", address: () => new Promise(() => undefined) },
    { name: "failing", address: async () => Promise.reject(new Error("no such setting")) },
    {
      name: "broken",
      address: () => {
        throw new Error("no such setting");
      },
    },
    { name: "made-up" },
    { name: "known", address: async () => known },
  ];
  const domains = [{ name: "shop", sources: [{ name: "till", streams }] }] as unknown as Domain[];
  expect(await readAddresses(domains, { sources: "/exports" }, 1)).toEqual(new Map([["shop/till:known", known]]));
});
