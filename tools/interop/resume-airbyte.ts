import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { airbyteSource } from "@thoth/ingest/airbyte";
import type { Stream } from "@thoth/ingest/connector";
import { openLanding } from "@thoth/testing/landing";
import type { PythonEnvironment } from "./python-environment.ts";
import { verdict } from "./verdict.ts";

const days = 20;
const usersADay = 10;
const batchesBeforeAbort = 5;

/** An incremental source out of their development kit, over a server of ours: cut off in the middle, then resumed. */
export async function resumeTheirs(python: PythonEnvironment): Promise<boolean> {
  await using server = await serveUsers();
  await using landing = await openLanding();
  const stop = new AbortController();
  const stream = declared(python, server.url, days);
  await landing.land(abortedLater(stream, stop), { signal: stop.signal }).catch(() => undefined);
  const [durable] = await landing.query("SELECT count(*)::INTEGER AS n FROM raw.users");
  const some = Number(durable?.n) > 0 && Number(durable?.n) < days * usersADay;
  server.asked.length = 0;
  await landing.land(stream);
  const [row] = await landing.query("SELECT count(DISTINCT id)::INTEGER AS ids FROM raw.users");
  const resumed = server.asked.every((from) => from > dayText(1));
  const more = await landing.land(declared(python, server.url, days + 1));
  const [all] = await landing.query("SELECT count(DISTINCT id)::INTEGER AS ids FROM raw.users");
  const found = [some, row?.ids, resumed, more.rowsRead < 4 * usersADay, all?.ids];
  const expected = [true, days * usersADay, true, true, (days + 1) * usersADay];
  return verdict("is cut off, goes on from its state, loses nothing", found, expected);
}

function declared(python: PythonEnvironment, url: string, until: number): Stream {
  const manifest = manifestOf(url, until);
  return airbyteSource({
    command: python.program("source-declarative-manifest"),
    config: () => JSON.stringify({ __injected_declarative_manifest: manifest }),
    batchRows: 1,
    streams: { users: { columns: { id: "BIGINT", updated_at: "DATE" }, mode: "append" } },
  }).streams[0] as Stream;
}

function manifestOf(url: string, until: number): object {
  const parameter = (name: string) => ({ type: "RequestOption", inject_into: "request_parameter", field_name: name });
  const requester = { type: "HttpRequester", url_base: url, path: "/users", http_method: "GET" };
  const selector = { type: "RecordSelector", extractor: { type: "DpathExtractor", field_path: ["users"] } };
  const properties = { id: { type: "integer" }, updated_at: { type: "string", format: "date" } };
  const stream = {
    type: "DeclarativeStream",
    name: "users",
    primary_key: ["id"],
    retriever: { type: "SimpleRetriever", requester, record_selector: selector },
    incremental_sync: {
      type: "DatetimeBasedCursor",
      cursor_field: "updated_at",
      datetime_format: "%Y-%m-%d",
      cursor_datetime_formats: ["%Y-%m-%d"],
      start_datetime: dayText(1),
      end_datetime: dayText(until),
      step: "P1D",
      cursor_granularity: "P1D",
      start_time_option: parameter("from"),
      end_time_option: parameter("to"),
    },
    schema_loader: { type: "InlineSchemaLoader", schema: { type: "object", properties } },
  };
  return {
    version: "6.0.0",
    type: "DeclarativeSource",
    check: { type: "CheckStream", stream_names: ["users"] },
    streams: [stream],
    spec: { type: "Spec", connection_specification: { type: "object", properties: {} } },
  };
}

function dayText(day: number): string {
  return new Date(Date.UTC(2026, 0, day)).toISOString().slice(0, 10);
}

/** Ten users a day, asked for by day. */
async function serveUsers(): Promise<AsyncDisposable & { readonly url: string; readonly asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? "", "http://x");
    const [from = "", to = ""] = [searchParams.get("from") ?? "", searchParams.get("to") ?? ""];
    asked.push(from);
    const all = Array.from({ length: (days + 1) * usersADay }, (_, id) => ({
      id,
      updated_at: dayText(1 + Math.floor(id / usersADay)),
    }));
    const users = all.filter(({ updated_at: at }) => at >= from && at <= to);
    response.setHeader("content-type", "application/json").end(JSON.stringify({ users }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}

function abortedLater(stream: Stream, stop: AbortController): Stream {
  return {
    ...stream,
    async *read(context) {
      let batches = 0;
      for await (const batch of stream.read(context)) {
        yield batch;
        batches += 1;
        if (batches === batchesBeforeAbort) stop.abort();
      }
    },
  };
}
