import { Clock, Sparkles, Zap } from "lucide-react";

import { CategoryBadge } from "@/components/ui/CategoryBadge";
import { formatEssence } from "@/lib/formatEssence";
import { strings } from "@/lib/strings/app";
import type { EnergyLevel, ValueCategory } from "@/types/api";

interface MissionFactsProps {
  facts: {
    category: ValueCategory;
    duration_minutes: number;
    energy_level: EnergyLevel;
    essence_reward: number;
  };
}

const words = strings.person;

/** What a quest or mission asks and gives, on one line. */
export function MissionFacts({ facts }: MissionFactsProps) {
  return (
    <ul className="text-ink-soft flex flex-wrap items-center gap-x-3.5 gap-y-1.5 text-sm [&_svg]:size-4">
      <li>
        <CategoryBadge category={facts.category} />
      </li>
      <li className="inline-flex items-center gap-1">
        <Clock aria-hidden />
        <span className="sr-only">{words.minutes(facts.duration_minutes)}</span>
        <span aria-hidden>{words.minutesShort(facts.duration_minutes)}</span>
      </li>
      <li className="inline-flex items-center gap-1">
        <Zap aria-hidden />
        <span className="sr-only">{words.energyLabel}: </span>
        {words.energy[facts.energy_level]}
      </li>
      <li className="inline-flex items-center gap-1">
        <Sparkles aria-hidden className="text-sun" />
        <span aria-hidden>{formatEssence(facts.essence_reward)}</span>
        <span className="sr-only">{words.essence(formatEssence(facts.essence_reward))}</span>
      </li>
    </ul>
  );
}
