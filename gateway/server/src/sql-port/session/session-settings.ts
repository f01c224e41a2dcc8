import { gatewayError } from "../../errors.ts";
import { parseSearchPath } from "./search-path.ts";
import { type SettingRule, settingRules } from "./setting-rules.ts";

/** A change that clients want to be told of. */
export interface ReportedSetting {
  readonly name: string;
  readonly value: string;
}

/** What is set at one moment. */
interface SettingState {
  /** What differs from the initial values. */
  readonly values: ReadonlyMap<string, string>;
  /** What is set until the transaction ends, with what the session has besides; undefined for its initial value. */
  readonly local: ReadonlyMap<string, string | undefined>;
}

/** Longer than any that means something: what a session keeps for each savepoint stays small. */
const longestValue = 1_000;

const nothingSet: SettingState = { values: new Map(), local: new Map() };

/** The settings of one session, under Postgres' names, and what transactions and savepoints take back of them. */
export class SessionSettings {
  readonly #mostMs: number;
  readonly #onReported: (setting: ReportedSetting) => void;
  #state = nothingSet;
  /** What RESET goes back to. */
  readonly #first = new Map<string, string>();
  /** At the beginning of the transaction and at each of its savepoints; none outside of one. */
  readonly #before: SettingState[] = [];

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
    if (isLocal && this.#before.length === 0) return;
    const [values, local] = [new Map(this.#state.values), new Map(this.#state.local)];
    if (!isLocal) local.delete(key);
    else if (!local.has(key)) local.set(key, values.get(key));
    put(values, key, parsed);
    this.#change({ values, local });
  }

  resetAll(): void {
    this.#change(nothingSet);
  }

  /** What is set from here on is taken back when the transaction fails. */
  beginTransaction(): void {
    this.#state = { ...this.#state, local: nothingSet.local };
    this.#before.push(this.#state);
  }

  /**
   * Outside of a transaction nothing is taken back: pools send a ROLLBACK with every connection that they are given back.
   * @param isCommitted then only what was set locally is taken back
   */
  endTransaction(isCommitted: boolean): void {
    const [before] = this.#before.splice(0);
    if (before !== undefined) this.#change(isCommitted ? withoutLocal(this.#state) : before);
  }

  /** What is set from here on is taken back by `rollBackTo`. */
  savepoint(): void {
    this.#before.push(this.#state);
  }

  /** @param index of a savepoint, from 0; it is gone with those behind it, and what was set since stays */
  release(index: number): void {
    this.#before.length = 1 + index;
  }

  /** @param index of a savepoint, from 0; it stays, those behind it are gone */
  rollBackTo(index: number): void {
    this.#before.length = 2 + index;
    this.#change(this.#before[1 + index] ?? nothingSet);
  }

  /** Every setting there is: name, value, description. */
  list(): [name: string, value: string, description: string][] {
    return Object.entries(settingRules).map(([key, rule]) => [rule.name ?? key, this.get(key), rule.description]);
  }

  /** Those that a client is told of when it connects. */
  reported(): ReportedSetting[] {
    return reportedKeys.map((key) => ({ name: ruleOf(key).name ?? key, value: this.get(key) }));
  }

  #said(key: string): string | undefined {
    return this.#state.values.get(key) ?? this.#first.get(key);
  }

  #parse(key: string, value: string): string {
    const rule = ruleOf(key);
    const parsed = value.length > longestValue ? undefined : rule.parse(value, this.#mostMs);
    if (parsed !== undefined) return parsed;
    const expected = `${rule.expected}, of at most ${longestValue} characters`;
    throw gatewayError["sql-bad-setting"]({ name: key, value: value.slice(0, 100), expected });
  }

  #change(state: SettingState): void {
    const before = this.reported();
    this.#state = state;
    for (const [index, setting] of this.reported().entries()) {
      if (setting.value !== before[index]?.value) this.#onReported(setting);
    }
  }
}

/** What a session goes on with behind a transaction. */
function withoutLocal({ values, local }: SettingState): SettingState {
  const session = new Map(values);
  for (const [key, value] of local) put(session, key, value);
  return { values: session, local: nothingSet.local };
}

function put(values: Map<string, string>, key: string, value: string | undefined): void {
  if (value === undefined) values.delete(key);
  else values.set(key, value);
}

const reportedKeys = Object.keys(settingRules).filter((key) => settingRules[key]?.reported);

function ruleOf(key: string): SettingRule {
  const rule = Object.hasOwn(settingRules, key) ? settingRules[key] : undefined;
  if (rule === undefined) throw gatewayError["sql-unknown-setting"]({ name: key });
  return rule;
}
