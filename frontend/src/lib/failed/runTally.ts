/** What became of the letters of a retry of many, so far. */
import type { RetryRunRead } from "@/types/api";

export interface RunTally {
  succeeded: number;
  /** Sent back, and not settled yet. */
  pending: number;
  diedAgain: number;
  /** Ended in another way: rejected, expired, cancelled. */
  otherwise: number;
  skipped: number;
  /** Not sent yet. */
  waiting: number;
  planned: number;
}

const PENDING = ["queued", "running", "retrying", "snoozed"];

export function tallyRun(run: RetryRunRead): RunTally {
  const jobs = Object.entries(run.jobs);
  const count = (isIn: (status: string) => boolean) =>
    jobs.reduce((sum, [status, number]) => (isIn(status) ? sum + number : sum), 0);
  const dealtWith = run.retried + run.skipped;
  return {
    succeeded: count((it) => it === "succeeded"),
    pending: count((it) => PENDING.includes(it)),
    diedAgain: count((it) => it === "dead"),
    otherwise: count((it) => !["succeeded", "dead", ...PENDING].includes(it)),
    skipped: run.skipped,
    waiting: run.state === "done" ? 0 : Math.max(0, run.planned - dealtWith),
    planned: Math.max(run.planned, dealtWith),
  };
}

export function isActive(run: RetryRunRead): boolean {
  return run.state === "canary" || run.state === "running";
}

/** Nothing more is to be seen: all are sent, and none is still being tried. */
export function isOver(run: RetryRunRead): boolean {
  return run.state === "done" && tallyRun(run).pending === 0;
}
