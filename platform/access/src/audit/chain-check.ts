import type { SealedRecord } from "./audit-record.ts";

/** What is wrong with a trail. `torn` is what a killed process leaves, and no fault. */
export type AuditFault =
  | "changed"
  | "inserted"
  | "removed"
  | "reordered"
  | "segment-removed"
  | "chain-removed"
  | "cut-tail"
  | "wrong-key"
  | "torn";

export interface AuditFinding {
  readonly fault: AuditFault;
  /** Name in `<home>/audit/`. */
  readonly file: string;
  /** 1-based; absent when the file as a whole is meant. */
  readonly line?: number;
  /** In words, with the records that are meant. */
  readonly message: string;
}

export interface RecordPlace {
  readonly file: string;
  readonly line: number;
}

interface Gap {
  from: number;
  /** Inclusive. */
  to: number;
  readonly place: RecordPlace;
}

/**
 * Follows the records of one chain in the order in which they lie in its files, and finds what is not as it was written.
 * A record that was sealed and lies elsewhere was moved or copied; a line that was not sealed was changed when a record is
 * missing in its place, and inserted when none is.
 */
export class ChainCheck {
  readonly #writer: string;
  readonly #findings: AuditFinding[] = [];
  readonly #gaps: Gap[] = [];
  #unsealed: RecordPlace[] = [];
  #last: number;
  #mac: string | undefined;
  #closed = false;

  /** @param after sequence of the last record that was removed by retention; 0 when none was */
  constructor(writer: string, after: { readonly sequence: number; readonly mac: string }) {
    this.#writer = writer;
    this.#last = after.sequence;
    this.#mac = after.mac;
  }

  /** Of the newest record that was seen. */
  get sequence(): number {
    return this.#last;
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  addUnsealed(place: RecordPlace): void {
    this.#unsealed.push(place);
  }

  addSealed(record: SealedRecord, place: RecordPlace): void {
    if (record.writer !== this.#writer) {
      this.#find("inserted", place, `a record of the chain ${record.writer} lies here`);
      return;
    }
    if (record.sequence > this.#last) this.#addNext(record, place);
    else this.#addEarlier(record.sequence, place);
  }

  /**
   * @param expected sequence that it must have come to, by its head and by chains that were begun later; 0 if unknown
   * @param end where more records would lie
   */
  finish(expected: number, end: RecordPlace): readonly AuditFinding[] {
    const missing = Math.max(0, expected - this.#last);
    this.#settleUnsealed(missing);
    const cut = missing - Math.min(missing, this.#changedAtEnd);
    if (cut > 0) this.#find("cut-tail", end, `the last ${countOf(cut)} of the chain ${cut === 1 ? "is" : "are"} gone`);
    for (const { from, to, place } of this.#gaps) {
      this.#find("removed", place, `${rangeOf(from, to)} ${from === to ? "is" : "are"} gone before this line`);
    }
    return this.#findings;
  }

  #changedAtEnd = 0;

  #addNext(record: SealedRecord, place: RecordPlace): void {
    const missing = record.sequence - this.#last - 1;
    const unsealed = this.#unsealed.length;
    this.#settleUnsealed(missing);
    if (missing > unsealed) {
      this.#gaps.push({ from: this.#last + 1 + unsealed, to: record.sequence - 1, place });
    } else if (missing === 0 && record.previous !== this.#mac) {
      this.#find("changed", place, `record ${record.sequence} does not continue the one before it`);
    }
    this.#last = record.sequence;
    this.#mac = record.mac;
    this.#closed = record.event === "closed";
  }

  #settleUnsealed(missing: number): void {
    this.#changedAtEnd = Math.min(missing, this.#unsealed.length);
    for (const [position, place] of this.#unsealed.entries()) {
      if (position < missing)
        this.#find("changed", place, `record ${this.#last + 1 + position} is not as it was written`);
      else this.#find("inserted", place, "this line is no record of the trail");
    }
    this.#unsealed = [];
  }

  #addEarlier(sequence: number, place: RecordPlace): void {
    const gap = this.#gaps.find(({ from, to }) => from <= sequence && sequence <= to);
    if (gap === undefined) {
      this.#find("inserted", place, `record ${sequence} is here a second time`);
      return;
    }
    this.#find("reordered", place, `record ${sequence} lies behind record ${this.#last}`);
    this.#gaps.splice(this.#gaps.indexOf(gap), 1, ...parts(gap, sequence));
  }

  #find(fault: AuditFault, { file, line }: RecordPlace, message: string): void {
    this.#findings.push({ fault, file, line, message });
  }
}

function parts({ from, to, place }: Gap, without: number): Gap[] {
  const before = { from, to: without - 1, place };
  const after = { from: without + 1, to, place };
  return [before, after].filter((gap) => gap.from <= gap.to);
}

function countOf(records: number): string {
  return records === 1 ? "record" : `${records} records`;
}

function rangeOf(from: number, to: number): string {
  return from === to ? `record ${from}` : `records ${from} to ${to}`;
}
