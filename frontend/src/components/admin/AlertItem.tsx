import { Siren, TriangleAlert } from "lucide-react";
import Link from "next/link";

import { Badge } from "@/components/ui/Badge";
import { cn } from "@/lib/cn";
import { strings } from "@/lib/strings";
import type { AlertRead } from "@/types/api";

import { Moment } from "./Moment";

const words = strings.admin.alerts;

/** An alert that fires: what, since when, and what to do. */
export function AlertItem({ alert }: { alert: AlertRead }) {
  const isCritical = alert.severity === "critical";
  const Icon = isCritical ? Siren : TriangleAlert;
  const advice = words.advice[alert.rule as keyof typeof words.advice] as readonly string[] | undefined;
  const place = placeOf(alert);
  return (
    <li
      className={cn(
        "bg-card grid gap-1.5 rounded-lg border px-4 py-3",
        isCritical ? "border-red/50" : "border-yellow/50",
      )}
    >
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1 text-sm">
        <Badge tone={isCritical ? "red" : "yellow"}>
          <Icon aria-hidden />
          {words.severity[alert.severity]}
        </Badge>
        <span className="font-medium">{alert.summary}</span>
        <span className="text-ink-soft ml-auto">
          {words.since} <Moment at={alert.since} />
        </span>
      </div>
      <div className="flex flex-wrap items-start gap-x-5 gap-y-1 text-sm">
        {advice !== undefined && (
          <details>
            <summary className="text-accent w-fit cursor-pointer">{words.whatToDo}</summary>
            <ol className="max-w-prose list-decimal space-y-1 py-1.5 pl-5">
              {advice.map((step) => (
                <li key={step}>{step}</li>
              ))}
            </ol>
            <p className="text-ink-soft pb-1">{words.more(alert.rule)}</p>
          </details>
        )}
        {place !== null && (
          <Link href={place.href} className="text-accent underline-offset-2 hover:underline">
            {place.name}
          </Link>
        )}
      </div>
    </li>
  );
}

/** The page on which something can be done about it. */
function placeOf({ rule, subject }: AlertRead): { href: string; name: string } | null {
  const query = encodeURIComponent(subject);
  if (rule === "dead-letters-growing" || rule === "critical-failure")
    return { href: `/admin/failed?job_type=${query}`, name: words.toFailedJobs };
  if (subject !== "") return { href: `/admin/groups?group=${query}`, name: words.toGroup };
  return null;
}
