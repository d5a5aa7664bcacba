import { Compass } from "lucide-react";

import { Skeleton } from "@/components/ui/Skeleton";
import { strings } from "@/lib/strings/app";
import type { MissionRead } from "@/types/api";

const words = strings.person.mission;

/** A few words for the way; they arrive a moment after the start. */
export function Briefing({ mission }: { mission: MissionRead }) {
  if (mission.briefing === null && mission.status !== "active") return null;
  return (
    <section
      aria-labelledby="briefing"
      aria-live="polite"
      className="border-sun/40 from-sky-low/50 to-card grid gap-2 rounded-xl border bg-linear-to-br p-6"
    >
      <h2 id="briefing" className="flex items-center gap-2 text-xl font-semibold">
        <Compass aria-hidden className="text-sun size-5" />
        {words.briefing}
      </h2>
      {mission.briefing === null ? (
        <>
          <p className="text-ink-soft">{words.briefingComing}</p>
          <Skeleton className="h-4 w-full" />
          <Skeleton className="h-4 w-2/3" />
        </>
      ) : (
        <p className="animate-appear font-serif text-lg leading-relaxed whitespace-pre-wrap">
          {mission.briefing}
        </p>
      )}
    </section>
  );
}
