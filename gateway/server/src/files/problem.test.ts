import { accessError } from "@thoth/access/errors";
import { isMeshError } from "@thoth/kernel/mesh-error";
import { expect, test } from "vitest";
import { recordLog } from "../fixtures/door.ts";
import { problemOf } from "./problem.ts";

/** Parameters that any message can be made of. */
const anything = new Proxy({}, { get: () => "x" }) as never;

test.each(Object.keys(accessError).filter((name) => name.startsWith("token-")))(
  "what is wrong with a token is told as that, and is no trouble of ours: %s",
  (name) => {
    const failure = (accessError as Readonly<Record<string, (params: never) => Error>>)[name]?.(anything);
    if (failure === undefined || !isMeshError(failure)) throw new Error("not in the table");
    const log = recordLog();
    const { status, error, headers } = problemOf(failure, undefined, log);
    const isPassing = name === "token-unverifiable";
    expect({ status, code: error.code }).toEqual({ status: isPassing ? 503 : 401, code: `access/${name}` });
    expect(Object.keys(headers)).toEqual([isPassing ? "retry-after" : "www-authenticate"]);
    expect(log.lines).toEqual([]);
  },
);
