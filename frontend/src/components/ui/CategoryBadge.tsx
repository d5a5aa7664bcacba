import { Flower2, Hammer, HeartPulse, type LucideIcon, Users } from "lucide-react";

import { strings } from "@/lib/strings/app";
import type { ValueCategory } from "@/types/api";

import { Badge } from "./Badge";

export const CATEGORY_ICONS: Record<ValueCategory, LucideIcon> = {
  growth: Flower2,
  health: HeartPulse,
  craft: Hammer,
  connection: Users,
};

export const CATEGORY_COLOURS: Record<ValueCategory, string> = {
  growth: "var(--growth)",
  health: "var(--health)",
  craft: "var(--craft)",
  connection: "var(--connection)",
};

/** Colour, icon and word: nobody has to tell colours apart. */
export function CategoryBadge({ category }: { category: ValueCategory }) {
  const Icon = CATEGORY_ICONS[category];
  return (
    <Badge tone={category}>
      <Icon aria-hidden />
      {strings.person.category[category]}
    </Badge>
  );
}
