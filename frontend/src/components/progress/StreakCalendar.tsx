"use client";

import { useQuery } from "@tanstack/react-query";

import { Card, CardTitle } from "@/components/ui/Card";
import { ErrorState } from "@/components/ui/ErrorState";
import { Skeleton } from "@/components/ui/Skeleton";
import { calculateStreak } from "@/lib/calculateStreak";
import { formatCalendarDay } from "@/lib/dates";
import { queries } from "@/lib/queries";
import { strings } from "@/lib/strings/app";
import type { CalendarRead } from "@/types/api";

const words = strings.person.progress;
const SHADES = [0, 45, 70, 100] as const;

export function StreakCalendar() {
  const calendar = useQuery(queries.calendar());
  return (
    <Card className="grid grid-cols-1 gap-4">
      <div>
        <CardTitle>{words.calendar}</CardTitle>
        <p className="text-ink-soft">{words.calendarText}</p>
      </div>
      {calendar.data !== undefined ? (
        <Days calendar={calendar.data} />
      ) : calendar.isError ? (
        <ErrorState error={calendar.error} onRetry={() => void calendar.refetch()} />
      ) : (
        <Skeleton className="h-40" />
      )}
    </Card>
  );
}

function Days({ calendar }: { calendar: CalendarRead }) {
  const done = new Map(calendar.days.map((it) => [it.day, it.completed]));
  const streak = calculateStreak(
    calendar.days.filter((it) => it.completed > 0).map((it) => it.day),
    calendar.last,
  );
  return (
    <>
      <ol
        className="grid grid-flow-col grid-rows-7 justify-start gap-1 overflow-x-auto p-0.5"
        aria-label={words.calendar}
      >
        {daysBetween(calendar.first, calendar.last).map((day, index) => {
          const completed = done.get(day) ?? 0;
          const said = words.calendarDay(formatCalendarDay(day), completed);
          return (
            <li
              key={day}
              title={said}
              className="bg-sunken size-4 rounded-[0.3rem] sm:size-5"
              style={{
                gridRowStart: index === 0 ? weekday(day) + 1 : undefined,
                background:
                  completed === 0
                    ? undefined
                    : `color-mix(in oklab, var(--green) ${SHADES[Math.min(completed, 3)] ?? 100}%, var(--sunken))`,
              }}
            >
              <span className="sr-only">{said}</span>
            </li>
          );
        })}
      </ol>
      <p className="text-ink-soft flex flex-wrap gap-x-6 text-sm">
        <span>{words.current(streak.current)}</span>
        <span>{words.longest(streak.longest)}</span>
      </p>
    </>
  );
}

function daysBetween(first: string, last: string): string[] {
  const days: string[] = [];
  for (let moment = Date.parse(`${first}T12:00:00Z`); ; moment += 86_400_000) {
    const day = new Date(moment).toISOString().slice(0, 10);
    if (day > last) return days;
    days.push(day);
  }
}

/** Monday is 0. */
function weekday(day: string): number {
  return (new Date(`${day}T12:00:00Z`).getUTCDay() + 6) % 7;
}
