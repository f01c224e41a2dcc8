import { EventQueue, type EventQueueOptions, type MakeEvents } from "./event-queue.ts";
import { fileSink } from "./file-sink.ts";
import { httpSink } from "./http-sink.ts";
import type { RunEvent } from "./run-event.ts";

export interface OpenLineageOptions {
  /** Of jobs and tables: the name of this mesh to others. */
  readonly namespace: string;
  /** What others call the folder under which the files of sources lie: an absolute path or a URL; its path when absent. */
  readonly sources?: string | undefined;
  /** Absolute; events are added as lines of JSON. */
  readonly file?: string | undefined;
  readonly url?: string | undefined;
  readonly apiKey?: string | undefined;
  /** How long a server may take for one event, ms. */
  readonly timeoutMs?: number;
}

/** Where runs are told of in the words of OpenLineage. */
export interface OpenLineage extends AsyncDisposable, Pick<OpenLineageOptions, "namespace" | "sources"> {
  /** Does not wait, and never throws. @param make called once, when its turn comes */
  send(make: () => Promise<RunEvent | readonly RunEvent[]>): void;
  /** Events that will never arrive, over all places. */
  readonly dropped: number;
  /** For what goes wrong beside the runs, in one sentence. */
  readonly onTrouble: (message: string) => void;
}

export type QueueSettings = Pick<EventQueueOptions, "onTrouble"> & Partial<EventQueueOptions>;

/** A file and a server do not wait for each other. @returns undefined when there is no place to tell */
export function openLineage(options: OpenLineageOptions, settings: QueueSettings): OpenLineage | undefined {
  const { namespace, sources, file, url, apiKey, timeoutMs = 5000 } = options;
  const sinks = [
    ...(file === undefined ? [] : [fileSink(file)]),
    ...(url === undefined ? [] : [httpSink({ url, apiKey, timeoutMs })]),
  ];
  if (sinks.length === 0) return undefined;
  const queues = sinks.map((sink) => new EventQueue(sink, { ...defaults, ...settings }));
  return {
    namespace,
    sources,
    onTrouble: settings.onTrouble,
    send(make) {
      const events = once(async () => [await make()].flat().map((event) => JSON.stringify(event)));
      for (const queue of queues) queue.add(events);
    },
    get dropped() {
      return queues.reduce((sum, queue) => sum + queue.dropped, 0);
    },
    [Symbol.asyncDispose]: async () => void (await Promise.all(queues.map((queue) => queue[Symbol.asyncDispose]()))),
  };
}

/** Some 10 MB at most, half a minute for a server that restarts, two seconds at the end of a command. */
const defaults = { capacity: 5000, retryDelaysMs: [500, 2000, 8000, 20_000], graceMs: 2000 } as const;

function once(make: MakeEvents): MakeEvents {
  let made: Promise<readonly string[]> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
