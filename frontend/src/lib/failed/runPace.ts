/** How fast the retries of many really go, from what the API said of them in the last seconds. */
import type { RetryRunRead } from "@/types/api";

interface Sample {
  at: number;
  dealtWith: number;
}

/** Long enough to be calm, short enough to follow a change of pace. */
const WINDOW_MS = 10_000;

const samples = new Map<string, Sample[]>();

export function notePace(run: RetryRunRead, now = Date.now()): void {
  const dealtWith = run.retried + run.skipped;
  const known = (samples.get(run.id) ?? []).filter((it) => now - it.at <= WINDOW_MS);
  samples.set(run.id, [...known, { at: now, dealtWith }]);
}

/** Dead letters per second; null until there are two answers to compare. */
export function paceOf(runId: string): number | null {
  const known = samples.get(runId) ?? [];
  const first = known[0];
  const last = known.at(-1);
  if (first === undefined || last === undefined || last.at === first.at) return null;
  return ((last.dealtWith - first.dealtWith) * 1000) / (last.at - first.at);
}
