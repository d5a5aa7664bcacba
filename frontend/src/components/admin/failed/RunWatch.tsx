"use client";

import { useQuery } from "@tanstack/react-query";

import { Button } from "@/components/ui/Button";
import { ErrorState } from "@/components/ui/ErrorState";
import { LoadingRegion, Skeleton } from "@/components/ui/Skeleton";
import { adminQueries } from "@/lib/adminQueries";
import { isActive, isOver } from "@/lib/failed/runTally";
import { strings } from "@/lib/strings";

import { RunProgress } from "./RunProgress";

const words = strings.adminJobs.plan;

/** A retry of many while it goes on. Closing the dialog does not end it. */
export function RunWatch({ id, onClose }: { id: string; onClose: () => void }) {
  const run = useQuery(adminQueries.retryRun(id));
  if (run.data === undefined) {
    return run.isError ? (
      <ErrorState error={run.error} onRetry={() => void run.refetch()} />
    ) : (
      <LoadingRegion>
        <Skeleton className="h-28" />
      </LoadingRegion>
    );
  }
  const goesOn = isActive(run.data) || (run.data.state === "done" && !isOver(run.data));
  return (
    <div className="grid gap-5">
      <RunProgress run={run.data} />
      <div className="flex justify-end">
        <Button variant={goesOn ? "outline" : "primary"} onClick={onClose}>
          {goesOn ? words.background : words.done}
        </Button>
      </div>
    </div>
  );
}
