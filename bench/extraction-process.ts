import type { Stream } from "@thoth/ingest/connector";
import { openLanding } from "@thoth/testing/landing";
import { sourceOf } from "./extraction.ts";
import type { Extraction } from "./extraction-table.ts";

/** Lands one table and tells how much memory that took at most, engine included. */
const extraction = JSON.parse(process.argv[2] ?? "{}") as Extraction;
const [stream] = sourceOf(extraction).streams as [Stream];
await using landing = await openLanding();
const { rowsRead } = await landing.land(stream);
process.stdout.write(JSON.stringify({ rowsRead, maxRssKb: process.resourceUsage().maxRSS }));
