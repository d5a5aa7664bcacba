"use client";

import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";

import { adminQueries } from "@/lib/adminQueries";
import { groupLines } from "@/lib/groupLines";
import { strings } from "@/lib/strings";
import { useFilters } from "@/lib/useFilters";
import { useGroupControl } from "@/lib/useGroupControl";

import { AdminTitle } from "./AdminTitle";
import { Freshness } from "./Freshness";
import { GroupsTable } from "./GroupsTable";
import { Panel } from "./Panel";
import { PauseDialog } from "./PauseDialog";

const words = strings.admin.groups;

/** The consumer groups: what waits for each, who works, and the switch that stops it. */
export function Groups() {
  const groups = useQuery(adminQueries.groups());
  const lag = useQuery(adminQueries.lag());
  const { filters, setFilters } = useFilters(["group"]);
  const { resume } = useGroupControl();
  const [pausing, setPausing] = useState<string | null>(null);
  const lines = useMemo(
    () => (groups.data === undefined ? undefined : groupLines(groups.data, lag.data ?? null)),
    [groups.data, lag.data],
  );
  return (
    <>
      <AdminTitle title={words.title} lead={words.lead} actions={<Freshness query={groups} />} />
      <div className="grid gap-4">
        {lag.data === null && (
          <p className="bg-yellow-soft text-yellow rounded-lg px-4 py-2.5 text-sm">{words.noMonitor}</p>
        )}
        <Panel title={words.caption} isFlush>
          <GroupsTable
            groups={lines}
            opened={filters.group}
            onOpen={(group) => setFilters({ group })}
            onPause={setPausing}
            onResume={resume.mutate}
            resuming={resume.isPending ? resume.variables : undefined}
            error={groups.error}
            onRetry={() => void groups.refetch()}
          />
        </Panel>
      </div>
      {pausing !== null && <PauseDialog group={pausing} onClose={() => setPausing(null)} />}
    </>
  );
}
