"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { CirclePause, CirclePlay } from "lucide-react";
import Link from "next/link";

import { Moment } from "@/components/admin/Moment";
import { Badge, type Tone } from "@/components/ui/Badge";
import { Button } from "@/components/ui/Button";
import { formatAge } from "@/lib/adminFormat";
import { LETTER_FILTERS } from "@/lib/adminQueries/deadLetters";
import { answered, api } from "@/lib/api/client";
import { paceOf } from "@/lib/failed/runPace";
import { isActive, tallyRun } from "@/lib/failed/runTally";
import { strings } from "@/lib/strings";
import { toast } from "@/lib/toast";
import type { RetryRunRead, RunState } from "@/types/api";

import { RunBar } from "./RunBar";

const words = strings.adminJobs.run;

const TONES: Record<RunState, Tone> = {
  canary: "yellow",
  running: "accent",
  halted: "red",
  stopped: "neutral",
  done: "green",
};

/** How far a retry of many is, what became of the letters, and its brakes. */
export function RunProgress({ run }: { run: RetryRunRead }) {
  const cache = useQueryClient();
  const turn = useMutation({
    mutationFn: (where: "stop" | "resume") => {
      const params = { params: { path: { run_id: run.id } } };
      return answered(
        where === "stop"
          ? api.POST("/api/v1/admin/dead-letters/runs/{run_id}/stop", params)
          : api.POST("/api/v1/admin/dead-letters/runs/{run_id}/resume", params),
      );
    },
    onSuccess: (_run, where) =>
      toast.success(strings.adminJobs.failed.toast[where === "stop" ? "stopped" : "resumed"]),
    onSettled: () => void cache.invalidateQueries({ queryKey: ["admin"] }),
  });
  const tally = tallyRun(run);
  const pace = paceOf(run.id);
  const explained = explain(run);
  return (
    <div className="grid gap-3">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <Badge tone={TONES[run.state]}>{words.state[run.state]}</Badge>
        <span className="text-ink-soft text-sm">
          <Moment at={run.created_at} /> {words.by(run.operator)}
        </span>
        <span className="ml-auto text-sm font-medium tabular-nums">
          {words.of(run.retried + run.skipped, tally.planned)}
        </span>
      </div>
      <RunBar tally={tally} />
      {isActive(run) && (
        <p className="text-ink-soft text-sm tabular-nums">
          {run.state === "running" && pace !== null && pace > 0 ? (
            <>
              {words.rate(pace.toFixed(1))} ({words.asked(String(run.rate))}),{" "}
              {words.left(formatAge(tally.waiting / pace))}
            </>
          ) : (
            <>{words.rate(String(run.rate))}</>
          )}
        </p>
      )}
      {explained && <p className="text-sm">{explained}</p>}
      <div className="flex flex-wrap items-center gap-2">
        <RunFilter run={run} />
        {isActive(run) && (
          <Button
            variant="outline"
            size="sm"
            className="ml-auto"
            isBusy={turn.isPending}
            onClick={() => turn.mutate("stop")}
          >
            <CirclePause aria-hidden />
            {words.stop}
          </Button>
        )}
        {(run.state === "halted" || run.state === "stopped") && (
          <Button
            variant="outline"
            size="sm"
            className="ml-auto"
            isBusy={turn.isPending}
            onClick={() => turn.mutate("resume")}
          >
            <CirclePlay aria-hidden />
            {run.state === "halted" ? words.resumeAll : words.resume}
          </Button>
        )}
      </div>
    </div>
  );
}

function explain(run: RetryRunRead): string | null {
  if (run.state === "canary") return words.explain.canary(Math.min(run.canary, run.planned));
  if (run.state === "halted") return words.explain.halted;
  return run.state === "stopped" ? words.explain.stopped : null;
}

/** Which letters it is about, and a way to those of them that are dead now. */
function RunFilter({ run }: { run: RetryRunRead }) {
  const { ids, ...filter } = run.filter;
  const parts = Object.entries(filter).filter((it): it is [string, string] => typeof it[1] === "string");
  const address = parts.filter(([name]) => (LETTER_FILTERS as readonly string[]).includes(name));
  const about = parts.length > 0 ? parts.map(([, value]) => value).join(" · ") : words.everything;
  return (
    <p className="text-ink-soft min-w-0 text-xs [overflow-wrap:anywhere]">
      {ids ? (
        words.chosen(ids.length)
      ) : (
        <Link
          href={`/admin/failed?${new URLSearchParams(address).toString()}`}
          title={words.showAlike}
          className="text-accent underline-offset-2 hover:underline"
        >
          {about}
        </Link>
      )}
      {run.skipped > 0 && ` · ${words.skipped(run.skipped)}`}
    </p>
  );
}
