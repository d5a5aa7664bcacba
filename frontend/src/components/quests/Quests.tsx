"use client";

import { useQuery } from "@tanstack/react-query";

import { MissionCard } from "@/components/missions/MissionCard";
import { EmptyState } from "@/components/ui/EmptyState";
import { ErrorState } from "@/components/ui/ErrorState";
import { PageTitle } from "@/components/ui/PageTitle";
import { LoadingRegion, Skeleton } from "@/components/ui/Skeleton";
import { queries } from "@/lib/queries";
import { strings } from "@/lib/strings/app";
import { useQuests } from "@/lib/useQuests";

import { AskForQuests } from "./AskForQuests";
import { BeingWritten } from "./BeingWritten";
import { Goals } from "./Goals";
import { PastMissions } from "./PastMissions";
import { QuestCard } from "./QuestCard";

const words = strings.person.quests;

export function Quests() {
  const { quests, ask, accept, decline, isBeingWritten, ...proposed } = useQuests();
  const waiting = useQuery(queries.missions("pending"));
  const active = useQuery(queries.missions("active")).data?.items ?? [];
  return (
    <>
      <PageTitle title={words.title} lead={words.lead} />
      <div className="grid gap-8 xl:grid-cols-[minmax(0,1fr)_22rem]">
        <div className="grid min-w-0 content-start gap-8">
          <section className="grid gap-4" aria-label={words.title}>
            <AskForQuests
              isBusy={ask.isSending || isBeingWritten}
              hasSome={quests.length > 0}
              onAsk={(wish) => ask.run(wish)}
            />
            {isBeingWritten && <BeingWritten />}
            {proposed.isError && proposed.data === undefined && (
              <ErrorState error={proposed.error} onRetry={() => void proposed.refetch()} />
            )}
            {proposed.isPending && (
              <LoadingRegion>
                <Skeleton className="h-48" />
              </LoadingRegion>
            )}
            {proposed.data !== undefined && quests.length === 0 && !isBeingWritten && (
              <EmptyState title={words.none} text={words.noneText} />
            )}
            <ul className="grid gap-4 md:grid-cols-2" aria-live="polite" aria-relevant="additions">
              {quests.map((quest, index) => (
                <li
                  key={quest.id}
                  className="animate-rise"
                  style={{ animationDelay: `${Math.min(index, 4) * 70}ms` }}
                >
                  <QuestCard
                    quest={quest}
                    onAccept={() => accept.run(quest)}
                    onDecline={() => decline.run(quest)}
                  />
                </li>
              ))}
            </ul>
          </section>
          <section className="grid gap-4" aria-labelledby="waiting">
            <h2 id="waiting" className="text-2xl font-semibold">
              {words.waiting}
            </h2>
            {waiting.data?.items.length === 0 && active.length === 0 && (
              <p className="text-ink-soft">{words.waitingNone}</p>
            )}
            <ul className="grid gap-4 md:grid-cols-2">
              {[...active, ...(waiting.data?.items ?? [])].map((mission) => (
                <li key={mission.id}>
                  <MissionCard mission={mission} active={active[0]} />
                </li>
              ))}
            </ul>
          </section>
          <PastMissions />
        </div>
        <Goals />
      </div>
    </>
  );
}
