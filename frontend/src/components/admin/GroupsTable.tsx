"use client";

import { ChevronRight, Pause, Play } from "lucide-react";

import { Button } from "@/components/ui/Button";
import { formatAge, formatCount, NOTHING } from "@/lib/adminFormat";
import { cn } from "@/lib/cn";
import type { GroupLine } from "@/lib/groupLines";
import { strings } from "@/lib/strings";

import { type Column, DataTable } from "./DataTable";
import { Count } from "./Count";
import { GroupDetail } from "./GroupDetail";
import { GroupFlags } from "./GroupFlags";
import { PartitionBars } from "./PartitionBars";

const words = strings.admin.groups;

interface GroupsTableProps {
  groups: readonly GroupLine[] | undefined;
  /** The group whose partitions and workers are shown. */
  opened: string | undefined;
  onOpen: (group: string | null) => void;
  onPause: (group: string) => void;
  onResume: (group: string) => void;
  /** The group that is being resumed. */
  resuming: string | undefined;
  error: unknown;
  onRetry: () => void;
}

export function GroupsTable(props: GroupsTableProps) {
  const { groups, opened, error, onRetry } = props;
  return (
    <DataTable
      caption={words.caption}
      columns={columns(props)}
      rows={groups}
      rowKey={(it) => it.group}
      detail={(it) => (it.group === opened ? <GroupDetail group={it} /> : null)}
      empty={words.none}
      error={error}
      onRetry={onRetry}
    />
  );
}

function columns({ opened, onOpen, onPause, onResume, resuming }: GroupsTableProps): Column<GroupLine>[] {
  return [
    {
      key: "group",
      header: words.columns.group,
      isRowHeader: true,
      cell: ({ group }) => {
        const isOpen = group === opened;
        return (
          <button
            type="button"
            aria-expanded={isOpen}
            aria-label={words.open(group)}
            onClick={() => onOpen(isOpen ? null : group)}
            className="-ml-1 flex items-center gap-1.5 whitespace-nowrap hover:underline"
          >
            <ChevronRight
              aria-hidden
              className={cn("text-ink-soft size-4 transition-transform", isOpen && "rotate-90")}
            />
            {group}
          </button>
        );
      },
    },
    {
      key: "state",
      header: words.columns.state,
      cell: (it) => (
        <div className="grid max-w-80 min-w-32 gap-0.5">
          <GroupFlags
            isPaused={it.paused}
            breaker={it.lag?.breaker}
            workers={it.workers.length}
            lost={it.lag?.lost}
            state={it.lag?.state}
          />
          {it.paused && (
            <p className="text-ink-soft text-xs">
              {words.paused.why(it.paused_by ?? NOTHING, it.reason ?? NOTHING)}
            </p>
          )}
        </div>
      ),
    },
    {
      key: "workers",
      header: words.columns.workers,
      isNumber: true,
      cell: (it) => <Count value={it.workers.length} />,
    },
    {
      key: "running",
      header: words.columns.running,
      isNumber: true,
      cell: (it) => <Count value={it.running} />,
    },
    { key: "taken", header: words.columns.taken, isNumber: true, cell: (it) => <Count value={it.taken} /> },
    {
      key: "depth",
      header: words.columns.depth,
      isNumber: true,
      cell: (it) => <Count value={it.lag?.depth ?? null} />,
    },
    {
      key: "oldest",
      header: words.columns.oldest,
      isNumber: true,
      cell: ({ lag }) =>
        lag !== null && lag.oldest_age_seconds > 0 ? (
          formatAge(lag.oldest_age_seconds)
        ) : (
          <span className="text-ink-soft">{NOTHING}</span>
        ),
    },
    {
      key: "partitions",
      header: words.columns.partitions,
      cell: ({ lag }) =>
        lag === null ? (
          <span className="text-ink-soft">{formatCount(null)}</span>
        ) : (
          <PartitionBars partitions={lag.partitions} />
        ),
    },
    {
      key: "action",
      header: <span className="sr-only">{words.columns.action}</span>,
      className: "text-right",
      cell: ({ group, paused }) =>
        paused ? (
          <Button
            variant="soft"
            size="sm"
            className="h-7"
            aria-label={words.resumeOf(group)}
            isBusy={resuming === group}
            onClick={() => onResume(group)}
          >
            <Play aria-hidden />
            {words.resume}
          </Button>
        ) : (
          <Button
            variant="ghost"
            size="sm"
            className="h-7"
            aria-label={words.pauseOf(group)}
            onClick={() => onPause(group)}
          >
            <Pause aria-hidden />
            {words.pause}
          </Button>
        ),
    },
  ];
}
