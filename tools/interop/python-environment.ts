import { join } from "node:path";
import { type TempDir, tempDir } from "@thoth/testing/temp-dir";
import { InteropError } from "./interop-error.ts";
import { runProgram } from "./run-program.ts";

/** A Python of its own with some packages in it, gone when disposed. */
export interface PythonEnvironment extends AsyncDisposable {
  /** Absolute path of a program that a package brought. */
  program(name: string): string;
  /** Runs Python with arguments and text on stdin. @returns what it printed */
  run(args: readonly string[], input?: string): Promise<string>;
}

/**
 * @param packages with their versions: `datacontract-cli==1.2.8`
 * @throws InteropError when there is no Python, or no package index that can be reached
 */
export async function installPython(packages: readonly string[]): Promise<PythonEnvironment> {
  const folder = await tempDir("thoth-interop-");
  try {
    const environment = await createEnvironment(folder);
    const bin = join(environment, process.platform === "win32" ? "Scripts" : "bin");
    const python = join(bin, process.platform === "win32" ? "python.exe" : "python");
    await installPackages(python, packages);
    return {
      program: (name) => join(bin, name),
      run: (args, input = "") => runProgram([python, ...args], { input }),
      [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
    };
  } catch (failure) {
    await folder[Symbol.asyncDispose]();
    throw failure;
  }
}

async function createEnvironment(folder: TempDir): Promise<string> {
  const environment = join(folder.path, "venv");
  try {
    await runProgram([process.env.PYTHON ?? "python3", "-m", "venv", environment]);
    return environment;
  } catch (cause) {
    throw new InteropError(
      `There is no Python that can make a virtual environment: ${(cause as Error).message}`,
      "Install Python 3.10 or newer with its venv module, or name it: PYTHON=/path/to/python npm run test:interop",
    );
  }
}

async function installPackages(python: string, packages: readonly string[]): Promise<void> {
  const quiet = ["--quiet", "--disable-pip-version-check", "--no-input", "--retries", "1"];
  try {
    await runProgram([python, "-m", "pip", "install", ...quiet, ...packages]);
  } catch (cause) {
    throw new InteropError(
      `${packages.join(", ")} cannot be installed: ${(cause as Error).message}`,
      "This check needs a Python package index (PyPI or a mirror that pip is configured for). Nothing else here does.",
    );
  }
}
