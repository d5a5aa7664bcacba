"use client";

import Link from "next/link";

import { MissionCard } from "@/components/missions/MissionCard";
import { Button } from "@/components/ui/Button";
import { EmptyState } from "@/components/ui/EmptyState";
import { strings } from "@/lib/strings/app";
import type { MissionRead, TriadMission } from "@/types/api";

const words = strings.person.today;

interface TriadProps {
  triad: readonly TriadMission[];
  active: MissionRead | undefined;
}

/** The three missions to look at now: the first one large. */
export function Triad({ triad, active }: TriadProps) {
  const [first, ...others] = triad;
  return (
    <section aria-labelledby="triad" className="grid gap-4">
      <div>
        <h2 id="triad" className="text-2xl font-semibold">
          {words.triad}
        </h2>
        <p className="text-ink-soft">{words.triadText}</p>
      </div>
      {first === undefined ? (
        <EmptyState
          title={words.noTriad}
          text={words.noTriadText}
          action={
            <Button asChild>
              <Link href="/quests">{words.toQuests}</Link>
            </Button>
          }
        />
      ) : (
        <ol className="grid gap-4 md:grid-cols-2">
          <li className="md:col-span-2">
            <MissionCard mission={first} active={active} isLarge />
          </li>
          {others.map((mission) => (
            <li key={mission.id}>
              <MissionCard mission={mission} active={active} />
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}
