"use client";

import Link from "next/link";
import { useState } from "react";

import { Badge } from "@/components/ui/Badge";
import { Button } from "@/components/ui/Button";
import { CATEGORY_COLOURS } from "@/components/ui/CategoryBadge";
import { cn } from "@/lib/cn";
import { strings } from "@/lib/strings/app";
import { useMissionActions } from "@/lib/useMission";
import type { MissionRead, TriadMission } from "@/types/api";

import { AlongsideDialog } from "./AlongsideDialog";
import { MissionFacts } from "./MissionFacts";

const words = strings.person;

interface MissionCardProps {
  mission: MissionRead | TriadMission;
  /** The mission that is under way, if there is one: this one would start alongside. */
  active?: MissionRead | undefined;
  isLarge?: boolean;
}

/** A mission that waits, with what it asks, why it is here, and its start. */
export function MissionCard({ mission, active, isLarge = false }: MissionCardProps) {
  const { start, isStarting } = useMissionActions(mission.id);
  const [isAsking, setIsAsking] = useState(false);
  const rank = "rank" in mission ? mission.rank : null;
  const reasons = "reasons" in mission ? mission.reasons : [];

  return (
    <article
      className="bg-card shadow-soft hover:shadow-lift relative flex h-full flex-col gap-3 overflow-hidden rounded-xl border p-5 pl-6 transition-shadow"
      aria-label={mission.title}
    >
      <span
        aria-hidden
        className="absolute inset-y-0 left-0 w-1.5"
        style={{ background: CATEGORY_COLOURS[mission.category] }}
      />
      <div className="flex flex-wrap items-center justify-between gap-2">
        {rank !== null && <p className="text-ink-soft text-sm font-medium">{words.today.rank[rank]}</p>}
        {mission.status !== "pending" && (
          <Badge tone={mission.status === "active" ? "accent" : "neutral"}>
            {words.mission.status[mission.status]}
          </Badge>
        )}
      </div>
      <h3 className={cn("font-semibold", isLarge ? "text-2xl" : "text-lg")}>
        <Link href={`/missions/${mission.id}`} className="rounded-sm hover:underline">
          {mission.title}
        </Link>
      </h3>
      <p className={cn("text-ink-soft", isLarge ? "max-w-prose" : "line-clamp-3 text-[0.95rem]")}>
        {mission.description}
      </p>
      {reasons.length > 0 && (
        <p className="text-ink-soft text-sm italic">
          {reasons.map((reason) => words.today.reasons[reason]).join(" · ")}
        </p>
      )}
      <div className="mt-auto flex flex-wrap items-center justify-between gap-3 pt-1">
        <MissionFacts facts={mission} />
        {mission.status === "pending" && (
          <Button
            size={isLarge ? "md" : "sm"}
            variant={isLarge ? "primary" : "soft"}
            isBusy={isStarting}
            aria-label={words.mission.startOf(mission.title)}
            onClick={() =>
              active ? setIsAsking(true) : start.run({ mission_id: mission.id, alongside: false })
            }
          >
            {isStarting ? words.mission.starting : words.mission.start}
          </Button>
        )}
      </div>
      {active && (
        <AlongsideDialog
          isOpen={isAsking}
          onOpenChange={setIsAsking}
          activeTitle={active.title}
          onConfirm={() => start.run({ mission_id: mission.id, alongside: true })}
        />
      )}
    </article>
  );
}
