"use client";

import { useQuery } from "@tanstack/react-query";
import Link from "next/link";

import { Badge } from "@/components/ui/Badge";
import { CategoryBadge } from "@/components/ui/CategoryBadge";
import { formatDay } from "@/lib/dates";
import { queries } from "@/lib/queries";
import { strings } from "@/lib/strings/app";

const words = strings.person;

/** Missions that are over. */
export function PastMissions() {
  const completed = useQuery(queries.missions("completed"));
  const abandoned = useQuery(queries.missions("abandoned"));
  const missions = [...(completed.data?.items ?? []), ...(abandoned.data?.items ?? [])].sort((a, b) =>
    (b.ended_at ?? "").localeCompare(a.ended_at ?? ""),
  );
  if (completed.data === undefined) return null;
  return (
    <details className="bg-card rounded-xl border px-5 py-4">
      <summary className="cursor-pointer font-serif text-lg font-semibold">{words.quests.past}</summary>
      {missions.length === 0 && <p className="text-ink-soft pt-3">{words.quests.pastNone}</p>}
      <ul className="divide-y pt-2">
        {missions.map((mission) => (
          <li key={mission.id} className="flex flex-wrap items-center gap-x-3 gap-y-1 py-2.5">
            <Link href={`/missions/${mission.id}`} className="rounded-sm font-medium hover:underline">
              {mission.title}
            </Link>
            <CategoryBadge category={mission.category} />
            <span className="text-ink-soft ml-auto flex items-center gap-3 text-sm">
              {mission.ended_at !== null && formatDay(mission.ended_at)}
              <Badge tone={mission.status === "completed" ? "green" : "neutral"}>
                {words.mission.status[mission.status]}
              </Badge>
            </span>
          </li>
        ))}
      </ul>
    </details>
  );
}
