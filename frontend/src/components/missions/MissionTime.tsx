"use client";

import { strings } from "@/lib/strings/app";
import { useNow } from "@/lib/useNow";
import type { MissionRead } from "@/types/api";

const words = strings.person.mission;
const RADIUS = 42;
const LENGTH = 2 * Math.PI * RADIUS;

/** The time of a mission under way: a ring that fills, and words that say the same. */
export function MissionTime({ mission }: { mission: MissionRead }) {
  const now = useNow(15_000);
  if (mission.started_at === null) return null;
  const elapsed = now === null ? 0 : Math.max(0, (now.getTime() - Date.parse(mission.started_at)) / 60_000);
  const share = Math.min(1, elapsed / mission.duration_minutes);
  const remaining = Math.ceil(mission.duration_minutes - elapsed);
  return (
    <div className="flex items-center gap-4">
      <svg viewBox="0 0 100 100" className="size-20 shrink-0 -rotate-90" aria-hidden>
        <circle cx="50" cy="50" r={RADIUS} fill="none" stroke="var(--line)" strokeWidth="7" />
        <circle
          cx="50"
          cy="50"
          r={RADIUS}
          fill="none"
          stroke="var(--sun)"
          strokeWidth="7"
          strokeLinecap="round"
          strokeDasharray={LENGTH}
          strokeDashoffset={LENGTH * (1 - Math.max(0.015, share))}
          className="transition-[stroke-dashoffset] duration-1000"
        />
      </svg>
      <p className="text-ink-soft">
        <span className="text-ink block font-serif text-2xl font-semibold">
          {now === null
            ? " "
            : remaining > 0
              ? words.remaining(remaining)
              : words.elapsed(Math.floor(elapsed))}
        </span>
        {remaining > 0 ? strings.person.minutes(mission.duration_minutes) : words.over}
      </p>
    </div>
  );
}
