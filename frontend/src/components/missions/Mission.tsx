"use client";

import { useQuery } from "@tanstack/react-query";
import { ArrowLeft, CheckCircle2 } from "lucide-react";
import Link from "next/link";
import { useEffect, useState } from "react";

import { Badge } from "@/components/ui/Badge";
import { Button } from "@/components/ui/Button";
import { Card } from "@/components/ui/Card";
import { ErrorState } from "@/components/ui/ErrorState";
import { LoadingRegion, Skeleton } from "@/components/ui/Skeleton";
import { formatMoment } from "@/lib/dates";
import { writeDraft } from "@/lib/drafts";
import { queries } from "@/lib/queries";
import { strings } from "@/lib/strings/app";
import { useMission } from "@/lib/useMission";
import type { MissionRead } from "@/types/api";

import { AbandonDialog } from "./AbandonDialog";
import { AlongsideDialog } from "./AlongsideDialog";
import { Briefing } from "./Briefing";
import { MissionFacts } from "./MissionFacts";
import { MissionTime } from "./MissionTime";
import { Reflection } from "./Reflection";

const words = strings.person.mission;

/** One mission, from its start to what it was like. */
export function Mission({ id }: { id: string }) {
  const { data: mission, isError, error, refetch } = useMission(id);
  return (
    <div className="mx-auto grid max-w-3xl gap-5">
      <Link
        href="/quests"
        className="text-ink-soft hover:text-ink inline-flex items-center gap-1.5 justify-self-start rounded-sm"
      >
        <ArrowLeft aria-hidden className="size-4" />
        {words.back}
      </Link>
      {mission !== undefined ? (
        <MissionDetail mission={mission} />
      ) : isError ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : (
        <LoadingRegion>
          <Skeleton className="h-64" />
        </LoadingRegion>
      )}
    </div>
  );
}

function MissionDetail({ mission }: { mission: MissionRead }) {
  const actions = useMission(mission.id);
  const others = useQuery(queries.missions("active")).data?.items.filter((it) => it.id !== mission.id) ?? [];
  const [open, setOpen] = useState<"alongside" | "abandon" | null>(null);
  const isOpen = mission.status === "pending" || mission.status === "active";

  useEffect(() => {
    // What was written is kept on the server now.
    if (mission.status === "completed") writeDraft(`reflection:${mission.id}`, "");
  }, [mission.id, mission.status]);

  function start(alongside: boolean): void {
    actions.start.run({ mission_id: mission.id, alongside });
  }

  return (
    <>
      <Card className="grid gap-4">
        <div className="flex flex-wrap items-center gap-2">
          <Badge
            tone={
              mission.status === "active" ? "accent" : mission.status === "completed" ? "green" : "neutral"
            }
          >
            {words.status[mission.status]}
          </Badge>
        </div>
        <h1 className="text-3xl font-semibold tracking-tight sm:text-4xl">{mission.title}</h1>
        <p className="max-w-prose text-lg">{mission.description}</p>
        <MissionFacts facts={mission} />
        {mission.status === "active" && <MissionTime mission={mission} />}
        {mission.status === "pending" && (
          <div className="flex flex-wrap gap-2 pt-2">
            <Button
              size="lg"
              isBusy={actions.isStarting}
              onClick={() => (others.length > 0 ? setOpen("alongside") : start(false))}
            >
              {actions.isStarting ? words.starting : words.start}
            </Button>
            <Button
              variant="ghost"
              size="lg"
              isBusy={actions.isAbandoning}
              onClick={() => setOpen("abandon")}
            >
              {actions.isAbandoning ? words.abandoning : words.abandon}
            </Button>
          </div>
        )}
        {mission.ended_at !== null && (
          <p className="text-ink-soft flex items-center gap-2">
            {mission.status === "completed" && <CheckCircle2 aria-hidden className="text-green size-5" />}
            {mission.status === "completed" ? words.doneText : words.abandonedText}{" "}
            {formatMoment(mission.ended_at)}
          </p>
        )}
      </Card>
      <Briefing mission={mission} />
      {mission.status === "active" && (
        <Reflection
          mission={mission}
          isCompleting={actions.isCompleting}
          onComplete={(reflection) => actions.complete.run({ mission_id: mission.id, reflection })}
          onAbandon={() => setOpen("abandon")}
          isAbandoning={actions.isAbandoning}
        />
      )}
      {mission.reflection !== null && mission.reflection !== "" && (
        <Card>
          <h2 className="pb-2 text-xl font-semibold">{words.yourReflection}</h2>
          <p className="whitespace-pre-wrap">{mission.reflection}</p>
        </Card>
      )}
      {isOpen && (
        <>
          <AbandonDialog
            isOpen={open === "abandon"}
            onOpenChange={(next) => setOpen(next ? "abandon" : null)}
            missionId={mission.id}
            onConfirm={(reason) => actions.abandon.run({ mission_id: mission.id, reason })}
          />
          <AlongsideDialog
            isOpen={open === "alongside"}
            onOpenChange={(next) => setOpen(next ? "alongside" : null)}
            activeTitle={others[0]?.title ?? ""}
            onConfirm={() => start(true)}
          />
        </>
      )}
    </>
  );
}
