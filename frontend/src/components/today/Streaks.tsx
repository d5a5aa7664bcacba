import { Flame } from "lucide-react";

import { Card } from "@/components/ui/Card";
import { CATEGORY_COLOURS, CATEGORY_ICONS } from "@/components/ui/CategoryBadge";
import { strings } from "@/lib/strings/app";
import type { StreakRead } from "@/types/api";

const words = strings.person;

/** The runs that are alive, the overall one first. */
export function Streaks({ streaks }: { streaks: readonly StreakRead[] }) {
  const overall = streaks.find((streak) => streak.category === null);
  const others = streaks.filter((streak) => streak.category !== null);
  return (
    <Card aria-label={words.today.streaks} className="grid content-start gap-4">
      <div className="flex items-center gap-3">
        <Flame aria-hidden className="text-sun size-9" strokeWidth={1.5} />
        <div>
          <h2 className="text-ink-soft font-sans text-sm font-medium">{words.today.streaks}</h2>
          <p className="font-serif text-2xl font-semibold">{words.days(overall?.days ?? 0)}</p>
        </div>
        {overall !== undefined && overall.days > 0 && overall.next_milestone !== null && (
          <p className="text-ink-soft ml-auto text-sm">{words.today.milestone(overall.next_milestone)}</p>
        )}
      </div>
      {overall === undefined || overall.days === 0 ? (
        <p className="text-ink-soft text-sm">{words.today.noStreak}</p>
      ) : null}
      <ul className="grid grid-cols-2 gap-2">
        {others.map((streak) => {
          if (streak.category === null) return null;
          const Icon = CATEGORY_ICONS[streak.category];
          return (
            <li
              key={streak.category}
              className="bg-sunken flex items-center gap-2 rounded-lg px-3 py-2 text-sm"
            >
              <Icon
                aria-hidden
                className="size-4 shrink-0"
                style={{ color: CATEGORY_COLOURS[streak.category] }}
              />
              <span className="text-ink-soft">{words.category[streak.category]}</span>
              <span className="ml-auto font-medium tabular-nums">{streak.days}</span>
            </li>
          );
        })}
      </ul>
    </Card>
  );
}
