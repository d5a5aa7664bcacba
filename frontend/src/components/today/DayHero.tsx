"use client";

import { Skeleton } from "@/components/ui/Skeleton";
import { formatDay, partOfDay } from "@/lib/dates";
import { strings } from "@/lib/strings/app";
import { useNow } from "@/lib/useNow";
import type { ProgressRead } from "@/types/api";

import { Landscape } from "./Landscape";

const words = strings.person;

/** The top of Today: who is greeted, and how steady the last weeks were. */
export function DayHero({ name, progress }: { name: string; progress: ProgressRead | undefined }) {
  const now = useNow(60_000);
  const greeting = words.today.greeting[now === null ? "morning" : partOfDay(now)];
  const dci = progress?.dci;
  const percent = Math.round((dci?.value ?? 0) * 100);
  return (
    <header className="from-sky-high to-sky-low shadow-soft relative isolate flex min-h-72 flex-col overflow-hidden rounded-xl border bg-linear-to-b p-6 sm:min-h-80 sm:p-9">
      <div className="absolute inset-0 -z-10">
        <Landscape value={dci?.value ?? 0} />
      </div>
      <p className="text-ink min-h-6">{now === null ? "" : formatDay(now.toISOString())}</p>
      <h1 className="max-w-[12ch] pt-1 text-4xl font-semibold tracking-tight sm:text-5xl">
        {greeting(name.slice(0, 1).toUpperCase() + name.slice(1))}
      </h1>
      <div className="bg-card/85 mt-5 max-w-[15.5rem] rounded-lg p-4 backdrop-blur-sm sm:max-w-xs">
        {dci === undefined ? (
          <Skeleton className="h-16 w-48" />
        ) : (
          <>
            <h2 className="text-ink-soft font-sans text-sm font-medium">{words.today.dci}</h2>
            <p className="flex flex-wrap items-baseline gap-x-2.5" data-testid="dci">
              <span className="sr-only">{words.today.dciOf(percent, words.zone[dci.zone].name)}</span>
              <span aria-hidden className="font-serif text-4xl font-semibold tabular-nums">
                {percent}
              </span>
              <span
                aria-hidden
                className="inline-flex items-center gap-1.5 font-medium"
                style={{ color: `var(--${dci.zone})` }}
              >
                <span className="size-2.5 rounded-full" style={{ background: `var(--${dci.zone})` }} />
                {words.zone[dci.zone].name}
              </span>
            </p>
            <p className="text-ink-soft text-sm">{words.zone[dci.zone].text}</p>
          </>
        )}
      </div>
    </header>
  );
}
