import type { Random } from "@thoth/testing/random";
import { dayMs } from "./calendar.ts";
import { type Lottery, lottery } from "./lottery.ts";
import type { Binding, OperatingSystem } from "./telemetry-event.ts";

/** One installation of the SDK: a student's laptop, a lab machine, a browser profile. */
export interface Install {
  /** Random, resettable by its user. */
  readonly id: string;
  /** Position in order of creation. */
  readonly number: number;
  readonly binding: Binding;
  readonly runtime: string;
  readonly os: OperatingSystem;
  readonly joinedAt: number;
  /** Time it takes to adopt a new release. */
  readonly lagMs: number;
  readonly activity: number;
  readonly consentVersion: string;
  /** What its user works on, told or not. */
  readonly unit: string;
  /** The unit as sent with each event; absent without the opt-in. */
  readonly courseHint: string | undefined;
}

export const knownUnits = ["COS10001", "COS20007", "COS30046", "COS30243"] as const;
const unknownHints = ["COS99999", "INTRO-PROG", "hobby"] as const;
const hintOptIn = 0.55;
const staysForNext = 0.35;
const installsPerTrimester = 2200;

const unitShares = lottery<string>([
  ["COS10001", 0.52],
  ["COS20007", 0.24],
  ["COS30046", 0.11],
  ["COS30243", 0.09],
  ["", 0.04],
]);

const bindingShares: Readonly<Record<string, Lottery<Binding>>> = {
  COS10001: shares([
    ["csharp", 46],
    ["cpp", 22],
    ["python", 16],
    ["online", 13],
    ["pascal", 3],
  ]),
  COS20007: shares([
    ["csharp", 88],
    ["cpp", 9],
    ["python", 3],
  ]),
  COS30046: shares([
    ["cpp", 44],
    ["python", 36],
    ["csharp", 20],
  ]),
  COS30243: shares([
    ["cpp", 61],
    ["csharp", 36],
    ["python", 3],
  ]),
  "": shares([
    ["cpp", 40],
    ["csharp", 20],
    ["python", 20],
    ["online", 15],
    ["pascal", 5],
  ]),
};

const runtimes: Readonly<Record<Binding, readonly string[]>> = {
  csharp: ["dotnet 8", "dotnet 9", "dotnet 7"],
  cpp: ["clang 17", "clang 18", "g++ 13"],
  python: ["cpython 3.11", "cpython 3.12"],
  pascal: ["fpc 3.2"],
  online: ["wasm"],
  skm: ["skm"],
};

const systems = lottery<OperatingSystem>([
  [{ family: "windows", version: "11", arch: "x86_64" }, 47],
  [{ family: "windows", version: "10", arch: "x86_64" }, 12],
  [{ family: "macos", version: "14", arch: "arm64" }, 24],
  [{ family: "macos", version: "13", arch: "x86_64" }, 8],
  [{ family: "linux", version: "22.04", arch: "x86_64" }, 9],
]);
const browser: OperatingSystem = { family: "browser", version: "chromium", arch: "wasm32" };

/** Draws who runs the next program of a trimester. */
export type InstallPool = (trimester: number, startsAt: number) => Install;

/** Installs come with each trimester's students; about a third of them are still there in the next one. */
export function installPool(scale: number, random: Random): InstallPool {
  const size = Math.max(5, Math.round(installsPerTrimester * scale));
  let installs: Install[] = [];
  let current: { readonly trimester: number; readonly draw: Lottery<Install> } | undefined;
  let created = 0;
  return (trimester, startsAt) => {
    if (current?.trimester !== trimester) {
      const staying = installs.filter(() => random.chance(staysForNext));
      const joining = Array.from({ length: size - staying.length }, () => makeInstall(created++, startsAt, random));
      installs = [...staying, ...joining];
      current = { trimester, draw: lottery(installs.map((install) => [install, install.activity] as const)) };
    }
    return current.draw(random);
  };
}

function makeInstall(number: number, startsAt: number, random: Random): Install {
  const unit = unitShares(random);
  const binding = bindingShares[unit]?.(random) ?? "cpp";
  return {
    id: hexId(random),
    number,
    binding,
    runtime: random.pick(runtimes[binding]),
    os: binding === "online" ? browser : systems(random),
    joinedAt: startsAt - random.int(1, 10 * dayMs),
    lagMs: random.logNormal(18, 1) * dayMs,
    activity: random.logNormal(1, 0.8),
    consentVersion: random.chance(0.7) ? "2" : "1",
    unit,
    courseHint: random.chance(hintOptIn) ? hintFor(unit, random) : undefined,
  };
}

/** Hints are typed by people: now and then in lower case or with a space, and sometimes no unit at all. */
function hintFor(unit: string, random: Random): string {
  if (unit === "") return random.pick(unknownHints);
  return random.chance(0.03) ? ` ${unit.toLowerCase()}` : unit;
}

/** 64 random bits in hexadecimal. */
export function hexId(random: Random): string {
  const half = () =>
    Math.floor(random.next() * 0x1_0000_0000)
      .toString(16)
      .padStart(8, "0");
  return half() + half();
}

function shares(choices: readonly (readonly [Binding, number])[]): Lottery<Binding> {
  return lottery(choices);
}
