import type { EventProblem } from "./cloud-event.ts";
import type { LogRecord } from "./event-log.ts";

/** Largest event that is kept, bytes of its JSON. @source CloudEvents 1.0.2: at least 64 KB must get through */
export const largestEvent = 64 * 1024;

/** The JSON of an event as it is kept; or what the standard allows and we, or the engine, do not. */
export function eventJson(record: LogRecord): { readonly json: string } | { readonly problem: EventProblem } {
  const json = JSON.stringify(record);
  const problem = flawOf(json);
  return problem === undefined ? { json } : { problem };
}

const tooLarge: EventProblem = { code: "too-large", message: `An event has at most ${largestEvent} bytes` };
const noText: EventProblem = {
  code: "malformed",
  message: "data holds a character that is no text: U+0000, or half of a surrogate pair",
  path: "data",
};

/** One such character, and the engine refuses the whole file. */
function flawOf(json: string): EventProblem | undefined {
  if (Buffer.byteLength(json) > largestEvent) return tooLarge;
  const mayEscape = json.includes("\\u");
  return mayEscape && /\\u(0000|d[89a-f])/i.test(json.replaceAll("\\\\", "")) ? noText : undefined;
}
