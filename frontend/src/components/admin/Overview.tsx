"use client";

import { useQuery } from "@tanstack/react-query";

import { Skeleton } from "@/components/ui/Skeleton";
import { formatAge, formatCount } from "@/lib/adminFormat";
import { adminQueries } from "@/lib/adminQueries";
import { strings } from "@/lib/strings";
import { useWindow } from "@/lib/useWindow";

import { AdminTitle } from "./AdminTitle";
import { AlertsPanel } from "./AlertsPanel";
import { Freshness } from "./Freshness";
import { JobTypesTable } from "./JobTypesTable";
import { LagPanel } from "./LagPanel";
import { OverviewFigures } from "./OverviewFigures";
import { Panel } from "./Panel";
import { WindowPicker } from "./WindowPicker";

const words = strings.admin.overview;

/** The whole system at a glance: what is wrong, what waits, and how it went lately. */
export function Overview() {
  const [minutes] = useWindow();
  const overview = useQuery(adminQueries.overview(minutes));
  const history = useQuery(adminQueries.lagHistory(minutes));
  const windowName = strings.admin.window.last[minutes];
  return (
    <>
      <AdminTitle
        title={strings.admin.nav.overview}
        actions={
          <>
            <Freshness query={overview} />
            <WindowPicker />
          </>
        }
      />
      <div className="grid gap-4">
        <AlertsPanel />
        {overview.data?.lag_measured_at === null && (
          <p className="bg-yellow-soft text-yellow rounded-lg px-4 py-2.5 text-sm">{words.noMonitor}</p>
        )}
        {overview.data !== undefined ? (
          <OverviewFigures jobTypes={overview.data.job_types} windowName={windowName} />
        ) : (
          overview.isPending && <Skeleton className="h-24" />
        )}
        <Panel title={words.table.title} isFlush>
          <JobTypesTable
            jobTypes={overview.data?.job_types}
            windowName={windowName}
            error={overview.error}
            onRetry={() => void overview.refetch()}
          />
        </Panel>
        <div className="grid items-start gap-4 lg:grid-cols-2">
          <LagPanel
            title={words.charts.depth}
            measure="depth"
            history={history}
            windowMinutes={minutes}
            format={formatCount}
          />
          <LagPanel
            title={words.charts.age}
            measure="oldest_age_seconds"
            history={history}
            windowMinutes={minutes}
            format={formatAge}
          />
        </div>
      </div>
    </>
  );
}
