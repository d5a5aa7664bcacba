/**
 * Actions that were accepted and are not done yet, in all tabs of this browser. They survive a reload: what became of them
 * is asked again.
 */
import { useSyncExternalStore } from "react";

export type JobKind =
  "quests" | "accept" | "decline" | "reopen" | "start" | "complete" | "abandon" | "tidy" | "nudge";

export interface PendingJob {
  id: string;
  kind: JobKind;
  /** The quest, mission or nudge that it is about. */
  target?: string | undefined;
}

export type Outcome = "succeeded" | "rejected" | "expired" | "cancelled" | "dead";

type Word = { kind: "added"; job: PendingJob } | { kind: "settled"; id: string; outcome: Outcome };

const KEY = "delight:jobs";
const NONE: readonly PendingJob[] = [];

let jobs: readonly PendingJob[] | null = null;
const listeners = new Set<() => void>();
const waiting = new Map<string, (outcome: Outcome) => void>();
let channel: BroadcastChannel | null = null;
let reload: (job: PendingJob) => Promise<unknown> = () => Promise.resolve();

export function addJob(job: PendingJob): void {
  keep(job);
  open().postMessage({ kind: "added", job } satisfies Word);
}

/** The job is done, in whichever way. */
export function settleJob(id: string, outcome: Outcome): void {
  drop(id, outcome);
  open().postMessage({ kind: "settled", id, outcome } satisfies Word);
}

/** Loads anew what a job changed, when another tab saw its end: it counts as done here when that is done. */
export function onSettledElsewhere(listener: (job: PendingJob) => Promise<unknown>): () => void {
  reload = listener;
  return () => {
    reload = () => Promise.resolve();
  };
}

/** Resolves when the job is done; at once when it is not pending. */
export function whenSettled(id: string): Promise<Outcome> {
  if (!read().some((job) => job.id === id)) return Promise.resolve("succeeded");
  return new Promise((resolve) => waiting.set(id, resolve));
}

export function usePendingJobs(): readonly PendingJob[] {
  return useSyncExternalStore(subscribe, read, () => NONE);
}

/** Whether something of these kinds is under way, about `target` if it is given. */
export function useIsPending(kinds: readonly JobKind[], target?: string): boolean {
  return usePendingJobs().some(
    (job) => kinds.includes(job.kind) && (target === undefined || job.target === target),
  );
}

function keep(job: PendingJob): void {
  if (read().some((known) => known.id === job.id)) return;
  write([...read(), job]);
}

function drop(id: string, outcome: Outcome): void {
  waiting.get(id)?.(outcome);
  waiting.delete(id);
  if (read().some((job) => job.id === id)) write(read().filter((job) => job.id !== id));
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  open();
  return () => listeners.delete(listener);
}

function open(): BroadcastChannel {
  if (channel === null) {
    channel = new BroadcastChannel(KEY);
    channel.onmessage = ({ data: word }: MessageEvent<Word>) => {
      if (word.kind === "added") {
        keep(word.job);
        return;
      }
      const job = read().find((known) => known.id === word.id);
      if (job !== undefined) void reload(job).finally(() => drop(word.id, word.outcome));
    };
  }
  return channel;
}

function read(): readonly PendingJob[] {
  if (jobs === null) {
    try {
      jobs = JSON.parse(sessionStorage.getItem(KEY) ?? "[]") as PendingJob[];
    } catch {
      jobs = NONE;
    }
  }
  return jobs;
}

function write(next: readonly PendingJob[]): void {
  jobs = next;
  try {
    sessionStorage.setItem(KEY, JSON.stringify(next));
  } catch {
    // Without storage they live as long as the page.
  }
  for (const listener of listeners) listener();
}
