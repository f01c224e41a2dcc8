/** One value of a measure of a product, at the time its snapshot was made. */
export interface Point {
  /** Epoch ms. */
  readonly at: number;
  readonly value: number;
}

export interface AnomalyOptions {
  /** How many median absolute deviations from the median are too many; 8 unless given. */
  readonly threshold?: number;
  /** Deviations below this are noise, whatever history says: as a share of what is expected, and as a number. */
  readonly floor?: { readonly share?: number; readonly value?: number };
}

export type AnomalyVerdict =
  | { readonly kind: "learning"; readonly points: number; readonly needed: number }
  | ({ readonly kind: "usual" } & Expectation)
  /** The first of a row of unusual values: this is the one to tell about. */
  | ({ readonly kind: "unusual" } & Expectation)
  /** Another one after an unusual value on the same side, or the one that makes a new level of them. */
  | ({ readonly kind: "continuing" } & Expectation);

export interface Expectation {
  readonly expected: number;
  /** What counts as one deviation. */
  readonly spread: number;
  /** Distance from what is expected, in deviations. */
  readonly score: number;
}

/** Fewer values say too little about what is usual. */
export const neededPoints = 8;

/**
 * Holds a value against the history of its measure: median and median absolute deviation, by the day of the week (or
 * hour of the week) where that explains more. A lasting shift of level is one unusual value and then the new normal.
 * @param history oldest first
 */
export function judgeAnomaly(history: readonly Point[], now: Point, options: AnomalyOptions = {}): AnomalyVerdict {
  const verdict = judgeSeries([...history, now], options).at(-1);
  if (verdict === undefined) throw new Error("a series with a value has a verdict");
  return verdict;
}

/** The verdict on each value, given those before it. */
export function judgeSeries(points: readonly Point[], options: AnomalyOptions = {}): AnomalyVerdict[] {
  const perDay = pointsPerDay(points);
  const watch = new Watch(options, perDay);
  return points.map((point) => watch.judge(point));
}

const dayMs = 86_400_000;
/** Value by value, this much history is looked at. */
const rememberedPoints = 1_000;
/** A level is new when so many values in a row, and at least a day's worth, lie on one side of the old one. */
const levelPoints = 3;
/** Values of the same weekday or hour of the week that are needed to know what is usual then. */
const slotPoints = 4;
/** The season must explain this much: with few values a slot fits its own noise. */
const seasonGain = 0.5;
/** Of few values the deviation is underestimated often enough to matter. */
const smallSample = 6;
/** Until a season is known, what has been seen so often is not unusual: weekends of the first weeks, for one. */
const seenBefore = 2;
/** What lay three quarters as far off has been seen. */
const seenShare = 0.75;

interface KnownPoint extends Point {
  /** It was told of when it came: to have been told twice makes nothing usual. */
  readonly told?: true;
}

class Watch {
  readonly #options: AnomalyOptions;
  readonly #slotOf: (at: number) => number;
  readonly #levelPoints: number;
  #known: KnownPoint[] = [];
  #unusual: Point[] = [];

  constructor(options: AnomalyOptions, perDay: number) {
    this.#options = options;
    this.#slotOf = perDay > 1.5 ? hourOfWeek : dayOfWeek;
    this.#levelPoints = Math.max(levelPoints, Math.round(perDay));
  }

  judge(point: Point): AnomalyVerdict {
    if (this.#known.length < neededPoints) {
      this.#known.push(point);
      return { kind: "learning", points: this.#known.length - 1, needed: neededPoints };
    }
    const expectation = this.#expect(point);
    if (expectation.score <= (this.#options.threshold ?? 8)) {
      this.#remember([...this.#unusual.map(asTold), point]);
      return { kind: "usual", ...expectation };
    }
    const { expected } = expectation;
    const continues = this.#unusual.some(
      ({ at, value }) => value > this.#expect({ at, value }).expected === point.value > expected,
    );
    if (!continues) this.#remember(this.#unusual.map(asTold));
    this.#unusual.push(point);
    if (this.#unusual.length >= this.#levelPoints) this.#acceptLevel();
    return { kind: continues ? "continuing" : "unusual", ...expectation };
  }

  #remember(points: readonly KnownPoint[]): void {
    this.#known = [...this.#known, ...points].slice(-rememberedPoints);
    this.#unusual = [];
  }

  /** What was usual is moved to the new level, so that season and deviation stay known. */
  #acceptLevel(): void {
    const before = median(this.#unusual.map(({ at, value }) => this.#expect({ at, value }).expected));
    const after = median(this.#unusual.map(({ value }) => value));
    const grows = before > 0 && after > 0 && this.#known.every(({ value }) => value >= 0);
    const moved = (value: number) => (grows ? (value * after) / before : value + after - before);
    this.#known = this.#known.map((known) => ({ ...known, value: moved(known.value) }));
    this.#remember(this.#unusual);
  }

  #expect({ at, value }: Point): Expectation {
    const plain = describe(this.#known.map((known) => known.value));
    const season = this.#season(at);
    const isSeasonal = season !== undefined && explainsMore(season, plain);
    const { centre, deviation, points } = isSeasonal ? season : { ...plain, points: this.#known.length };
    const { share = 0.02, value: least = 0 } = this.#options.floor ?? {};
    const careful = deviation * (1 + smallSample / points);
    const spread = Math.max(
      careful,
      (share * Math.abs(centre)) / (this.#options.threshold ?? 8),
      least,
      Number.MIN_VALUE,
    );
    const wasSeen = season === undefined && this.#timesBeyond(value, centre) >= seenBefore;
    return { expected: centre, spread, score: wasSeen ? 0 : Math.abs(value - centre) / spread };
  }

  #timesBeyond(value: number, centre: number): number {
    const far = centre + seenShare * (value - centre);
    return this.#known.filter((known) => !known.told && (value > centre ? known.value >= far : known.value <= far))
      .length;
  }

  /** Undefined while the slot has been seen too rarely. */
  #season(at: number): (Centre & { readonly points: number }) | undefined {
    const slots = Map.groupBy(this.#known, (known) => this.#slotOf(known.at));
    const own = slots.get(this.#slotOf(at));
    if (slots.size < 2 || own === undefined || own.length < slotPoints) return undefined;
    const left = [...slots.values()].flatMap((points) => {
      const centre = median(points.map(({ value }) => value));
      return points.map(({ value }) => Math.abs(value - centre));
    });
    return { centre: median(own.map(({ value }) => value)), ...sizeOf(left), points: own.length };
  }
}

function asTold(point: Point): KnownPoint {
  return { ...point, told: true };
}

interface Centre {
  readonly centre: number;
  /** Median distance from the centre. */
  readonly deviation: number;
  /** Mean distance: a week with a quiet weekend has a small median and a large mean. */
  readonly mean: number;
}

function explainsMore(season: Centre, plain: Centre): boolean {
  return season.mean < plain.mean * seasonGain || season.deviation < plain.deviation * seasonGain;
}

function describe(values: readonly number[]): Centre {
  const centre = median(values);
  return { centre, ...sizeOf(values.map((value) => Math.abs(value - centre))) };
}

function sizeOf(distances: readonly number[]): Pick<Centre, "deviation" | "mean"> {
  const sum = distances.reduce((total, distance) => total + distance, 0);
  return { deviation: median(distances), mean: sum / Math.max(1, distances.length) };
}

/** Of the usual distance between two values; 1 when there is nothing to tell it from. */
function pointsPerDay(points: readonly Point[]): number {
  const gaps = points.slice(1).map(({ at }, index) => at - (points[index]?.at ?? at));
  const usual = median(gaps);
  return usual > 0 ? dayMs / usual : 1;
}

function dayOfWeek(at: number): number {
  return Math.floor(at / dayMs) % 7;
}

function hourOfWeek(at: number): number {
  return Math.floor(at / 3_600_000) % 168;
}

function median(values: readonly number[]): number {
  if (values.length === 0) return 0;
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
}
