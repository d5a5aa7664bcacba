"use client";

import { useQuery } from "@tanstack/react-query";

import { adminQueries } from "@/lib/adminQueries";
import { cn } from "@/lib/cn";
import { strings } from "@/lib/strings";

/** How many alerts fire, on every page of the console; nothing when none does. */
export function AlertCount() {
  const { data } = useQuery(adminQueries.alerts());
  const firing = data?.firing ?? [];
  if (firing.length === 0) return null;
  const isCritical = firing.some((it) => it.severity === "critical");
  return (
    <span
      className={cn(
        "inline-grid h-5 min-w-5 place-items-center rounded-full px-1.5 text-xs font-semibold tabular-nums",
        isCritical ? "bg-red-soft text-red" : "bg-yellow-soft text-yellow",
      )}
    >
      <span aria-hidden>{firing.length}</span>
      <span className="sr-only">{strings.admin.alerts.firing(firing.length)}</span>
    </span>
  );
}
