import { gatewayError } from "../../errors.ts";
import { parseSearchPath } from "./search-path.ts";
import { type SettingRule, settingRules } from "./setting-rules.ts";

/** A change that clients want to be told of. */
export interface ReportedSetting {
  readonly name: string;
  readonly value: string;
}

/** The settings of one session, under Postgres' names, and what a transaction takes back of them. */
export class SessionSettings {
  readonly #mostMs: number;
  readonly #onReported: (setting: ReportedSetting) => void;
  /** What differs from the initial values, and what RESET goes back to. */
  #values = new Map<string, string>();
  readonly #first = new Map<string, string>();
  /** Undefined outside of a transaction. */
  #before: ReadonlyMap<string, string> | undefined;
  /** What is set until the transaction ends, with what the session has besides; undefined for its initial value. */
  readonly #local = new Map<string, string | undefined>();

  /** @param mostMs the longest that a timeout can be set to, milliseconds */
  constructor(mostMs: number, onReported: (setting: ReportedSetting) => void) {
    this.#mostMs = mostMs;
    this.#onReported = onReported;
  }

  /** @throws MeshError `gateway/sql-unknown-setting` */
  get(name: string): string {
    const key = name.toLowerCase();
    const rule = ruleOf(key);
    return this.#said(key) ?? rule.initial;
  }

  /** Undefined as long as its client has not said. */
  get searchPath(): string[] | undefined {
    const said = this.#said("search_path");
    return said === undefined ? undefined : parseSearchPath(said);
  }

  get purpose(): string | undefined {
    const purpose = this.get("mesh.purpose");
    return purpose === "" ? undefined : purpose;
  }

  /** A timeout that was set; undefined when it was not. Milliseconds. */
  timeoutMs(name: string): number | undefined {
    const ms = Number(this.get(name));
    return ms > 0 ? ms : undefined;
  }

  /** What a client said when it connected; RESET goes back to it. */
  begin(name: string, value: string): void {
    const key = name.toLowerCase();
    this.#first.set(key, this.#parse(key, value));
  }

  /**
   * @param value null goes back to what it was at first
   * @throws MeshError `gateway/sql-unknown-setting`, `gateway/sql-bad-setting`
   */
  set(name: string, value: string | null, isLocal = false): void {
    const key = name.toLowerCase();
    const parsed = value === null ? undefined : this.#parse(key, value);
    if (isLocal && this.#before === undefined) return;
    if (!isLocal) this.#local.delete(key);
    else if (!this.#local.has(key)) this.#local.set(key, this.#values.get(key));
    this.#change(() => {
      if (parsed === undefined) this.#values.delete(key);
      else this.#values.set(key, parsed);
    });
  }

  resetAll(): void {
    this.#local.clear();
    this.#change(() => this.#values.clear());
  }

  /** What is set from here on is taken back when the transaction fails. */
  beginTransaction(): void {
    this.#before = new Map(this.#values);
    this.#local.clear();
  }

  /**
   * Outside of a transaction nothing is taken back: pools send a ROLLBACK with every connection that they are given back.
   * @param isCommitted then only what was set locally is taken back
   */
  endTransaction(isCommitted: boolean): void {
    const before = this.#before;
    if (before === undefined) return;
    this.#before = undefined;
    this.#change(() => {
      if (isCommitted) this.#endLocal();
      else this.#values = new Map(before);
    });
    this.#local.clear();
  }

  /** Every setting there is: name, value, description. */
  list(): [name: string, value: string, description: string][] {
    return Object.entries(settingRules).map(([key, rule]) => [rule.name ?? key, this.get(key), rule.description]);
  }

  /** Those that a client is told of when it connects. */
  reported(): ReportedSetting[] {
    return reportedKeys.map((key) => ({ name: ruleOf(key).name ?? key, value: this.get(key) }));
  }

  #endLocal(): void {
    for (const [key, value] of this.#local) {
      if (value === undefined) this.#values.delete(key);
      else this.#values.set(key, value);
    }
  }

  #said(key: string): string | undefined {
    return this.#values.get(key) ?? this.#first.get(key);
  }

  #parse(key: string, value: string): string {
    const rule = ruleOf(key);
    const parsed = rule.parse(value, this.#mostMs);
    if (parsed === undefined) throw gatewayError["sql-bad-setting"]({ name: key, value, expected: rule.expected });
    return parsed;
  }

  #change(change: () => void): void {
    const before = this.reported();
    change();
    for (const [index, setting] of this.reported().entries()) {
      if (setting.value !== before[index]?.value) this.#onReported(setting);
    }
  }
}

const reportedKeys = Object.keys(settingRules).filter((key) => settingRules[key]?.reported);

function ruleOf(key: string): SettingRule {
  const rule = Object.hasOwn(settingRules, key) ? settingRules[key] : undefined;
  if (rule === undefined) throw gatewayError["sql-unknown-setting"]({ name: key });
  return rule;
}
