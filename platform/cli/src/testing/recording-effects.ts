import type { Effects } from "../effects.ts";

/** Effects that write down what a command says. */
export interface RecordingEffects extends Effects {
  readonly said: { out: string; err: string };
}

/** A world that stands still: no terminal, nothing in the environment, nothing on stdin. */
export function recordingEffects(world: Partial<Effects> = {}): RecordingEffects {
  const said = { out: "", err: "" };
  return {
    cwd: "/nowhere",
    env: {},
    pid: process.pid,
    now: () => Date.parse("2026-03-02T09:00:00Z"),
    columns: () => undefined,
    signal: new AbortController().signal,
    input: async () => "",
    out: (text) => {
      said.out += text;
    },
    err: (text) => {
      said.err += text;
    },
    ...world,
    said,
  };
}
