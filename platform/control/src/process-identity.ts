import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/**
 * When a process of this machine began, in a form that no later process with the same pid has.
 * @returns undefined when no such process runs; `"unknown"` when it runs and the system does not tell its start
 */
export function processStart(pid: number): string | undefined {
  if (process.platform === "linux") return linuxStart(pid);
  if (!isRunning(pid)) return undefined;
  return process.platform === "win32" ? "unknown" : psStart(pid);
}

/** Clock ticks since boot alone could repeat after a reboot, so the boot is named too. */
function linuxStart(pid: number): string | undefined {
  try {
    // The second field, the command's name, is in brackets and may hold anything; what follows is regular.
    const [state, ...rest] = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ") ?? [];
    if (state === "Z" || state === "X") return undefined;
    return `${readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()}/${rest[18]}`;
  } catch {
    return isRunning(pid) ? "unknown" : undefined;
  }
}

function psStart(pid: number): string | undefined {
  try {
    return execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8" }).trim() || "unknown";
  } catch {
    return isRunning(pid) ? "unknown" : undefined;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
