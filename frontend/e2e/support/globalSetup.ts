/** Starts what the tests run against, as people do, with `delight up`; returns what stops it. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

import { type System, SYSTEM_VARIABLE } from "./system";

const REPOSITORY = resolve(__dirname, "../../..");
const PYTHON = process.env.DELIGHT_PYTHON ?? join(REPOSITORY, ".venv/bin/python");

const run = promisify(execFile);

/** What `delight up` leaves in its folder. */
interface RunRecord {
  api_url: string;
  web_url: string | null;
  supervisor: { pid: number };
}

export default async function globalSetup(): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), "delight-e2e-"));
  // PostgreSQL may run as a user without rights, who has to pass.
  chmodSync(folder, 0o755);
  const data = join(folder, "data");
  const children: ChildProcess[] = [];

  async function stop(): Promise<void> {
    await delight(["down", "--folder", data]).catch(() => undefined);
    const ending = children.filter((child) => child.exitCode === null && child.signalCode === null);
    for (const child of ending) child.kill("SIGTERM");
    await Promise.all(ending.map((child) => once(child, "exit")));
    rmSync(folder, { recursive: true, force: true });
  }

  try {
    const model = spawn(PYTHON, ["-m", "tests.support.model_server"], {
      cwd: REPOSITORY,
      env: environment(),
      stdio: ["ignore", "pipe", "inherit"],
    });
    children.push(model);
    const modelUrl = await firstLine(model);
    const said = await delight(["up", "--detach", "--folder", data], {
      DELIGHT_CHAT_MODEL: "openai:offline",
      DELIGHT_CHAT_MODEL_BASE_URL: `${modelUrl}/v1`,
    });
    const { api_url, web_url, supervisor } = JSON.parse(
      readFileSync(join(data, "run.json"), "utf8"),
    ) as RunRecord;
    // What it said to the person who started it.
    if (web_url === null || !said.includes(web_url)) throw new Error(`The web is not served. ${said}`);
    const system: System = { apiUrl: api_url, webUrl: web_url, modelUrl, supervisorPid: supervisor.pid };
    process.env[SYSTEM_VARIABLE] = JSON.stringify(system);
  } catch (error) {
    await stop();
    throw error;
  }
  return stop;
}

async function delight(command: readonly string[], settings: Record<string, string> = {}): Promise<string> {
  const { stdout } = await run(PYTHON, ["-m", "cli", ...command], {
    cwd: REPOSITORY,
    env: environment(settings),
  });
  return stdout;
}

/** Ours without settings of the person's own, and `settings`. */
function environment(settings: Record<string, string> = {}): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(
    ([name]) => !name.startsWith("DELIGHT_") || name === "DELIGHT_CACHE_DIR",
  );
  return { ...Object.fromEntries(own), NODE_ENV: "production", NEXT_TELEMETRY_DISABLED: "1", ...settings };
}

async function firstLine(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error("Its output is not ours to read.");
  for await (const line of createInterface(child.stdout)) return line;
  throw new Error("It ended before it said where it listens.");
}
