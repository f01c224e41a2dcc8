import { fileURLToPath } from "node:url";
import type { DataContract } from "@thoth/contract/generated/odcs";
import { installPython } from "./python-environment.ts";

/** The one place that says which release is asked. */
export const datacontractVersion = "1.2.8";

export interface Task {
  /** Absolute paths. */
  readonly lint: readonly string[];
  readonly pairs: readonly { readonly name: string; readonly before: DataContract; readonly after: DataContract }[];
}

export interface Answer {
  readonly version: string;
  readonly lint: readonly { readonly file: string; readonly result: string; readonly problems: readonly string[] }[];
  readonly pairs: readonly { readonly name: string; readonly entries: readonly ForeignChange[] }[];
}

/** A difference as datacontract-cli sees it. */
export interface ForeignChange {
  /** `schema.course.properties.fee.required` */
  readonly path: string;
  readonly type: "added" | "removed" | "updated";
  /** How it counts for consumers. */
  readonly level: "info" | "warning" | "error";
  readonly message: string;
}

/** A Python environment of its own with datacontract-cli in it, gone when disposed. */
export interface DatacontractCli extends AsyncDisposable {
  ask(task: Task): Promise<Answer>;
}

/** @throws InteropError when there is no Python, or no package index that can be reached */
export async function installDatacontractCli(): Promise<DatacontractCli> {
  const python = await installPython([`datacontract-cli==${datacontractVersion}`]);
  return {
    ask: async (task) => JSON.parse(await python.run([script], JSON.stringify(task))) as Answer,
    [Symbol.asyncDispose]: () => python[Symbol.asyncDispose](),
  };
}

const script = fileURLToPath(new URL("compare_contracts.py", import.meta.url));
