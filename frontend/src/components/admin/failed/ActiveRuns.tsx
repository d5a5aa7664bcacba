"use client";

import { useQuery } from "@tanstack/react-query";

import { Button } from "@/components/ui/Button";
import { adminQueries } from "@/lib/adminQueries";
import { isActive } from "@/lib/failed/runTally";
import { strings } from "@/lib/strings";

const words = strings.adminJobs.run;

/** Says above the list that letters are on their way, or that a run waits for somebody. */
export function ActiveRuns({ onShow }: { onShow: () => void }) {
  const runs = useQuery(adminQueries.retryRuns());
  const active = runs.data?.filter(isActive) ?? [];
  if (active.length === 0) return null;
  const dealtWith = active.reduce((sum, run) => sum + run.retried + run.skipped, 0);
  const planned = active.reduce((sum, run) => sum + run.planned, 0);
  return (
    <div
      role="status"
      className="bg-accent-soft text-accent mb-4 flex flex-wrap items-center gap-x-3 gap-y-1 rounded-lg px-4 py-2 text-sm"
    >
      <span>
        {words.anyRunning(active.length)}:{" "}
        <span className="font-medium tabular-nums">{words.of(dealtWith, planned)}</span>
      </span>
      <Button variant="ghost" size="sm" className="text-accent ml-auto" onClick={onShow}>
        {words.show}
      </Button>
    </div>
  );
}
