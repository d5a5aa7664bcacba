"use client";

import { type QueryClient, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { toast } from "@/lib/toast";

import { ApiError } from "@/lib/api/errors";
import { useLive } from "@/lib/live/LiveProvider";
import { queries } from "@/lib/queries";
import { strings } from "@/lib/strings/app";
import type { EventStatusRead } from "@/types/api";

import {
  type JobKind,
  onSettledElsewhere,
  type Outcome,
  type PendingJob,
  settleJob,
  usePendingJobs,
} from "./pendingJobs";

const FINAL = new Set<string>(["succeeded", "rejected", "expired", "cancelled", "dead"] satisfies Outcome[]);
// Frames tell sooner; this is for those that were lost, and for tabs that are not live.
const ASK_LIVE_MS = 10_000;
const ASK_MS = 2_000;

// What each kind changes: loaded anew before the job counts as done, so that nothing old shows in between.
const CHANGES: Record<JobKind, readonly string[]> = {
  quests: ["quests"],
  accept: ["quests", "missions"],
  decline: ["quests"],
  reopen: ["quests", "missions"],
  start: ["missions"],
  complete: ["missions", "progress"],
  abandon: ["missions"],
  tidy: ["memories"],
  nudge: ["nudges"],
};

/** Follows every accepted action to its end, and says so when one fails. */
export function JobWatch() {
  const jobs = usePendingJobs();
  const cache = useQueryClient();
  useEffect(() => onSettledElsewhere((job) => reloadChanges(cache, job)), [cache]);
  return jobs.map((job) => <Watched key={job.id} job={job} />);
}

function Watched({ job }: { job: PendingJob }) {
  const { isLive } = useLive();
  const cache = useQueryClient();
  const { data, error } = useQuery({
    ...queries.job(job.id),
    staleTime: 0,
    refetchInterval: isLive ? ASK_LIVE_MS : ASK_MS,
  });
  const isGone = error instanceof ApiError && error.status === 404;
  useEffect(() => {
    const known = data !== undefined && FINAL.has(data.status) ? (data.status as Outcome) : null;
    // Nobody knows it any more: the mark that it was accepted is short-lived.
    const outcome = known ?? (isGone ? "expired" : null);
    if (outcome === null) return;
    if (data !== undefined && outcome !== "succeeded") toast.error(problem(data, outcome), { id: job.id });
    void reloadChanges(cache, job).then(() => settleJob(job.id, outcome));
  }, [cache, data, isGone, job]);
  return null;
}

function reloadChanges(cache: QueryClient, job: PendingJob): Promise<unknown> {
  return Promise.allSettled(CHANGES[job.kind].map((key) => cache.invalidateQueries({ queryKey: [key] })));
}

function problem(status: EventStatusRead, outcome: Exclude<Outcome, "succeeded">): string {
  // The rules say no in words for the person; other errors are ours.
  const said = status.jobs.find((one) => one.status === outcome)?.error?.message;
  return outcome === "rejected" && said !== undefined ? said : strings.person.jobs[outcome];
}
