import { gatewayError } from "../errors.ts";

/** Files that are made while they are sent: each holds a state open, and some megabytes that its reader has not taken. */
const mostFiles = 32;
/** Of these, those of one consumer. */
const mostOfOne = 8;

/** How many files are on their way to whom. */
export class FilesUnderWay {
  readonly #byConsumer = new Map<string, number>();
  #all = 0;

  /** @throws MeshError `gateway/too-many-files` */
  begin(consumer: string): Disposable {
    const own = this.#byConsumer.get(consumer) ?? 0;
    if (own >= mostOfOne) throw gatewayError["too-many-files"]({ files: own });
    if (this.#all >= mostFiles) throw gatewayError["too-many-files"]({ files: this.#all });
    this.#byConsumer.set(consumer, own + 1);
    this.#all += 1;
    return { [Symbol.dispose]: () => this.#end(consumer) };
  }

  #end(consumer: string): void {
    const own = (this.#byConsumer.get(consumer) ?? 1) - 1;
    if (own === 0) this.#byConsumer.delete(consumer);
    else this.#byConsumer.set(consumer, own);
    this.#all -= 1;
  }
}
