"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { Button } from "@/components/ui/Button";
import { ErrorState } from "@/components/ui/ErrorState";
import { LoadingRegion, Skeleton } from "@/components/ui/Skeleton";
import { formatAge } from "@/lib/adminFormat";
import { adminQueries } from "@/lib/adminQueries";
import { answered, api } from "@/lib/api/client";
import { fieldProblems, sentence } from "@/lib/api/errors";
import { strings } from "@/lib/strings";
import type { DeadLetterFilter, RetryOrder } from "@/types/api";

import { PaceFields, type Pace, paceProblems } from "./PaceFields";
import { PlanFacts } from "./PlanFacts";

const words = strings.adminJobs.plan;

interface RetryPlanFormProps {
  filter: DeadLetterFilter;
  onOrdered: (runId: string) => void;
  onCancel: () => void;
}

/** What a retry of many would do, how it shall go about it, and the button that begins it. */
export function RetryPlanForm({ filter, onOrdered, onCancel }: RetryPlanFormProps) {
  const cache = useQueryClient();
  const plan = useQuery(adminQueries.retryPlan(filter));
  const [pace, setPace] = useState<Pace>({ isCanary: true, canary: "1", rate: "10" });
  const order = useMutation({
    mutationFn: (body: RetryOrder) => answered(api.POST("/api/v1/admin/dead-letters/retry-all", { body })),
    // A second order of the same letters would find them retried, so trying again harms nothing.
    meta: { isQuiet: true },
    onSuccess: (run) => {
      onOrdered(run.id);
      void cache.invalidateQueries({ queryKey: ["admin"] });
    },
  });

  if (plan.isError && plan.data === undefined) {
    return <ErrorState error={plan.error} onRetry={() => void plan.refetch()} />;
  }
  if (plan.data === undefined) {
    return (
      <LoadingRegion>
        <Skeleton className="h-20" />
        <Skeleton className="mt-3 h-28" />
      </LoadingRegion>
    );
  }

  const sent = plan.data.letters - plan.data.skipped;
  const problems = { ...paceProblems(pace), ...fieldProblems(order.error) };
  const canary = pace.isCanary ? Math.min(Number(pace.canary), sent) : 0;
  const rate = Number(pace.rate);
  return (
    <form
      noValidate
      className="grid gap-5"
      onSubmit={(event) => {
        event.preventDefault();
        if (sent > 0 && Object.keys(paceProblems(pace)).length === 0)
          order.mutate({ filter: plan.data.filter, rate, canary });
      }}
    >
      <PlanFacts plan={plan.data} />
      {sent > 0 && (
        <PaceFields
          pace={pace}
          onPace={setPace}
          problems={problems}
          duration={rate > 0 ? formatAge(Math.max(1, sent / rate)) : null}
        />
      )}
      {order.isError && Object.keys(fieldProblems(order.error)).length === 0 && (
        <p role="alert" className="text-red text-sm">
          {sentence(order.error)}
        </p>
      )}
      <div className="flex flex-wrap justify-end gap-2">
        <Button variant="ghost" onClick={onCancel}>
          {strings.actions.cancel}
        </Button>
        <Button type="submit" isBusy={order.isPending} disabled={sent === 0 || order.isPending}>
          {canary > 0 ? words.goCanary(canary, sent - canary) : words.go(sent)}
        </Button>
      </div>
    </form>
  );
}
