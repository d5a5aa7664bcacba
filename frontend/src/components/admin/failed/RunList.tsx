"use client";

import { useQuery } from "@tanstack/react-query";

import { EmptyState } from "@/components/ui/EmptyState";
import { ErrorState } from "@/components/ui/ErrorState";
import { LoadingRegion, Skeleton } from "@/components/ui/Skeleton";
import { adminQueries } from "@/lib/adminQueries";
import { strings } from "@/lib/strings";

import { RunProgress } from "./RunProgress";

const words = strings.adminJobs.run;

/** The newest retries of many, with their outcome. */
export function RunList() {
  const runs = useQuery(adminQueries.retryRuns());
  if (runs.data === undefined) {
    return runs.isError ? (
      <ErrorState error={runs.error} onRetry={() => void runs.refetch()} />
    ) : (
      <LoadingRegion>
        <Skeleton className="h-32" />
      </LoadingRegion>
    );
  }
  if (runs.data.length === 0) return <EmptyState title={words.empty} />;
  return (
    <ul aria-label={words.caption} className="grid gap-3 xl:grid-cols-2">
      {runs.data.map((run) => (
        <li key={run.id} className="bg-card rounded-lg border p-4">
          <RunProgress run={run} />
        </li>
      ))}
    </ul>
  );
}
