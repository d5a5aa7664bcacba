"use client";

import { useQuery } from "@tanstack/react-query";

import { ErrorState } from "@/components/ui/ErrorState";
import { PageTitle } from "@/components/ui/PageTitle";
import { LoadingRegion, Skeleton } from "@/components/ui/Skeleton";
import { queries } from "@/lib/queries";
import { strings } from "@/lib/strings/app";

import { ClockForm } from "./ClockForm";
import { CostCard } from "./CostCard";
import { DataCard } from "./DataCard";
import { NudgesForm } from "./NudgesForm";

const words = strings.person.settings;

export function Settings() {
  const me = useQuery(queries.me());
  const nudges = useQuery(queries.nudgePreferences());
  const failed = [me, nudges].find((query) => query.isError && query.data === undefined);
  return (
    <div className="mx-auto max-w-3xl">
      <PageTitle title={words.title} lead={words.lead} />
      <div className="grid gap-6">
        {failed !== undefined && <ErrorState error={failed.error} onRetry={() => void failed.refetch()} />}
        {me.isPending && (
          <LoadingRegion>
            <Skeleton className="h-56" />
          </LoadingRegion>
        )}
        {me.data !== undefined && <ClockForm me={me.data} />}
        {nudges.data !== undefined && <NudgesForm preferences={nudges.data} />}
        <CostCard />
        <DataCard />
      </div>
    </div>
  );
}
