/** The system that the tests run against, as the global setup left it. */
import { readdirSync, readFileSync } from "node:fs";

export interface System {
  webUrl: string;
  apiUrl: string;
  /** The chat model: see `tests/support/model_server.py`. */
  modelUrl: string;
  supervisorPid: number;
}

export const SYSTEM_VARIABLE = "DELIGHT_E2E_SYSTEM";

export function system(): System {
  const said = process.env[SYSTEM_VARIABLE];
  if (said === undefined) throw new Error("The global setup did not run.");
  return JSON.parse(said) as System;
}

/** Kills a process of the platform, with all that it started. The supervisor starts it again after a second. */
export function killProcess(name: "api" | "worker"): void {
  const pid = findProcess(name);
  if (pid === null) throw new Error(`No process ${name} runs under the supervisor.`);
  // Each is the leader of its session.
  process.kill(-pid, "SIGKILL");
}

function findProcess(name: string): number | null {
  const { supervisorPid } = system();
  for (const entry of readdirSync("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const command = readFileSync(`/proc/${entry}/cmdline`, "utf8").split("\0");
      if (command[command.indexOf("cli") + 1] !== name || !command.includes("--supervised")) continue;
      if (parentOf(entry) === supervisorPid) return Number(entry);
    } catch {
      // It ended while we looked.
    }
  }
  return null;
}

function parentOf(pid: string): number {
  // After the name in parentheses, which may hold anything: the state, and the parent.
  const [, parent] = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ") ?? [];
  return Number(parent);
}
