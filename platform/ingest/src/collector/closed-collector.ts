import { ingestError } from "../errors.ts";
import { errorAnswer, writeAnswer } from "./answer.ts";
import { type CollectorHandler, isCollectorPath } from "./collector-http.ts";

/** Answers where nothing can be taken in: clients that were told that there is no such path would throw their events away. */
export function closedCollector(): CollectorHandler {
  return (request, response) => {
    if (!isCollectorPath(request.url ?? "/")) return false;
    request.resume();
    writeAnswer(response, errorAnswer(503, ingestError["collector-closed"]({})), {});
    return true;
  };
}
