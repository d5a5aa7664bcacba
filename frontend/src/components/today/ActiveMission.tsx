"use client";

import { ArrowRight } from "lucide-react";
import Link from "next/link";

import { MissionTime } from "@/components/missions/MissionTime";
import { Button } from "@/components/ui/Button";
import { strings } from "@/lib/strings/app";
import type { MissionRead } from "@/types/api";

const words = strings.person;

/** What the person is doing right now. */
export function ActiveMission({ mission }: { mission: MissionRead }) {
  return (
    <section
      aria-label={`${words.today.active}: ${mission.title}`}
      className="border-sun/50 bg-card shadow-lift grid items-center gap-5 rounded-xl border p-5 sm:grid-cols-[1fr_auto] sm:p-6"
    >
      <div className="grid gap-1.5">
        <p className="text-ink-soft flex items-center gap-2 text-sm font-medium">
          <span aria-hidden className="animate-breathe bg-sun size-2.5 rounded-full" />
          {words.today.active}
        </p>
        <h2 className="text-2xl font-semibold">{mission.title}</h2>
        <p className="text-ink-soft line-clamp-2 max-w-prose">{mission.description}</p>
        <div className="pt-2">
          <Button asChild>
            <Link href={`/missions/${mission.id}`} aria-label={words.mission.openOf(mission.title)}>
              {words.mission.open}
              <ArrowRight aria-hidden />
            </Link>
          </Button>
        </div>
      </div>
      <MissionTime mission={mission} />
    </section>
  );
}
