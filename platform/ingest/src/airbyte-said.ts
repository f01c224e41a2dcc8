import { withoutSecrets } from "./airbyte-secrets.ts";

const mostLines = 20;
const longestLine = 500;
const longestEnd = 300;

/** The last lines that a source told a person, without the values of its configuration. */
export class Said {
  readonly #config: string;
  readonly #lines: string[] = [];

  /** @param config JSON text with secrets */
  constructor(config: string) {
    this.#config = config;
  }

  add(text: string): void {
    const lines = withoutSecrets(text, this.#config).split("\n");
    for (const line of lines.map((one) => one.trim()).filter(Boolean)) this.#lines.push(line.slice(0, longestLine));
    this.#lines.splice(0, this.#lines.length - mostLines);
  }

  get lines(): readonly string[] {
    return this.#lines;
  }

  /** Of a sentence: nothing, or what was said last. */
  get end(): string {
    const last = this.#lines.slice(-3).join(" | ");
    return last === "" ? "" : `; it said last: ${last.slice(-longestEnd)}`;
  }
}
