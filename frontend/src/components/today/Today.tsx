"use client";

import { useQuery } from "@tanstack/react-query";

import { ErrorState } from "@/components/ui/ErrorState";
import { LoadingRegion, Skeleton } from "@/components/ui/Skeleton";
import { queries } from "@/lib/queries";

import { ActiveMission } from "./ActiveMission";
import { DayHero } from "./DayHero";
import { EssenceCard } from "./EssenceCard";
import { Streaks } from "./Streaks";
import { TalkCard } from "./TalkCard";
import { Triad } from "./Triad";

export function Today({ name }: { name: string }) {
  const progress = useQuery(queries.progress(30));
  const triad = useQuery(queries.triad());
  const missions = useQuery(queries.missions("active"));
  const active = missions.data?.items ?? [];
  return (
    <div className="grid gap-6">
      <DayHero name={name} progress={progress.data} />
      {active.map((mission) => (
        <ActiveMission key={mission.id} mission={mission} />
      ))}
      <div className="grid gap-6 xl:grid-cols-[minmax(0,1fr)_20rem]">
        <div className="min-w-0">
          {triad.data !== undefined ? (
            <Triad triad={triad.data} active={active[0]} />
          ) : triad.isError ? (
            <ErrorState error={triad.error} onRetry={() => void triad.refetch()} />
          ) : (
            <LoadingRegion>
              <Skeleton className="h-72" />
            </LoadingRegion>
          )}
        </div>
        <aside className="grid content-start gap-4 sm:grid-cols-2 xl:grid-cols-1">
          {progress.data !== undefined && (
            <>
              <Streaks streaks={progress.data.streaks} />
              <div className="grid content-start gap-4">
                <EssenceCard progress={progress.data} />
                <TalkCard />
              </div>
            </>
          )}
          {progress.isError && progress.data === undefined && (
            <ErrorState error={progress.error} onRetry={() => void progress.refetch()} />
          )}
        </aside>
      </div>
    </div>
  );
}
