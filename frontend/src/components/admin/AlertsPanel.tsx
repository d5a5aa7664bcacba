"use client";

import { useQuery } from "@tanstack/react-query";
import { BellOff } from "lucide-react";

import { ErrorState } from "@/components/ui/ErrorState";
import { LoadingRegion, Skeleton } from "@/components/ui/Skeleton";
import { adminQueries } from "@/lib/adminQueries";
import { formatAge } from "@/lib/adminFormat";
import { strings } from "@/lib/strings";
import type { AlertRead } from "@/types/api";

import { AlertItem } from "./AlertItem";
import { Moment } from "./Moment";

const words = strings.admin.alerts;

/** What fires, the worst first, with what to do about it; and what was over lately. */
export function AlertsPanel() {
  const alerts = useQuery(adminQueries.alerts());
  if (alerts.data === undefined) {
    return alerts.isError ? (
      <ErrorState error={alerts.error} onRetry={() => void alerts.refetch()} />
    ) : (
      <LoadingRegion>
        <Skeleton className="h-12" />
      </LoadingRegion>
    );
  }
  const { firing, resolved } = alerts.data;
  return (
    <section aria-label={words.title} className="grid gap-2">
      {firing.length === 0 ? (
        <p className="bg-card text-ink-soft flex items-center gap-2.5 rounded-lg border px-4 py-2.5 text-sm">
          <BellOff aria-hidden className="text-green size-4" />
          {words.none}
        </p>
      ) : (
        <ul className="grid gap-2">
          {firing.map((it) => (
            <AlertItem key={it.id} alert={it} />
          ))}
        </ul>
      )}
      {resolved.length > 0 && <Resolved alerts={resolved} />}
    </section>
  );
}

function Resolved({ alerts }: { alerts: readonly AlertRead[] }) {
  return (
    <details className="text-sm">
      <summary className="text-ink-soft hover:text-ink w-fit cursor-pointer">
        {words.resolved(alerts.length)}
      </summary>
      <ul className="grid gap-1 pt-2 pl-4">
        {alerts.map((it) => (
          <li key={it.id} className="flex flex-wrap gap-x-3">
            <span className="font-medium">{it.rule}</span>
            <span>{it.subject}</span>
            <span className="text-ink-soft">
              {words.lasted(formatAge(seconds(it)))}, {words.over} <Moment at={it.resolved_at} />
            </span>
          </li>
        ))}
      </ul>
    </details>
  );
}

function seconds(alert: AlertRead): number {
  return (Date.parse(alert.resolved_at ?? alert.since) - Date.parse(alert.since)) / 1000;
}
