"use client";

import Link from "next/link";
import type { ReactNode } from "react";

import { formatAge, formatDuration, formatPercent, NOTHING } from "@/lib/adminFormat";
import { cn } from "@/lib/cn";
import { strings } from "@/lib/strings";
import type { JobStatus, JobTypeOverview } from "@/types/api";

import { Count } from "./Count";
import { type Column, DataTable } from "./DataTable";
import { GroupFlags } from "./GroupFlags";

interface JobTypesTableProps {
  jobTypes: readonly JobTypeOverview[] | undefined;
  /** "the last hour" */
  windowName: string;
  error: unknown;
  onRetry: () => void;
}

const words = strings.admin.overview.table;

/** Every job type: what waits and runs now, and how it went in the window. Numbers lead to the jobs behind them. */
export function JobTypesTable({ jobTypes, windowName, error, onRetry }: JobTypesTableProps) {
  return (
    <DataTable
      caption={words.caption}
      columns={columns(windowName)}
      rows={jobTypes}
      rowKey={(it) => it.job_type}
      empty={words.none}
      error={error}
      onRetry={onRetry}
    />
  );
}

function columns(windowName: string): Column<JobTypeOverview>[] {
  const now = { group: words.now, isNumber: true };
  const window = { group: windowName, isNumber: true };
  return [
    {
      key: "job_type",
      header: words.jobType,
      isRowHeader: true,
      cell: (it) => (
        <Link href={`/admin/groups?group=${it.job_type}`} className="whitespace-nowrap hover:underline">
          {it.job_type}
        </Link>
      ),
    },
    {
      key: "flags",
      header: words.state,
      cell: (it) => (
        <GroupFlags
          isPaused={it.paused}
          breaker={it.breaker}
          workers={it.workers}
          lost={it.lost}
          state={it.state}
        />
      ),
    },
    { ...now, key: "queued", header: words.queued, cell: (it) => <Count value={it.queued} /> },
    {
      ...now,
      key: "oldest",
      header: words.oldest,
      cell: (it) => (it.oldest_age_seconds ? formatAge(it.oldest_age_seconds) : <Nothing />),
    },
    { ...now, key: "running", header: words.running, cell: (it) => jobs(it, "running", it.running) },
    { ...now, key: "retrying", header: words.retrying, cell: (it) => jobs(it, "retrying", it.retrying) },
    { ...now, key: "snoozed", header: words.snoozed, cell: (it) => jobs(it, "snoozed", it.snoozed) },
    {
      ...now,
      key: "dead",
      header: words.dead,
      cell: (it) => (
        <Count value={it.dead} href={`/admin/failed?job_type=${it.job_type}`} className="text-red" />
      ),
    },
    {
      ...window,
      key: "succeeded",
      header: words.succeeded,
      cell: (it) => jobs(it, "succeeded", it.succeeded),
    },
    {
      ...window,
      key: "completion",
      header: words.completion,
      cell: (it) => <Rate value={it.completion_rate} />,
    },
    {
      ...window,
      key: "average",
      header: words.average,
      cell: (it) => (it.average_seconds === null ? <Nothing /> : formatDuration(it.average_seconds)),
    },
    {
      ...window,
      key: "p95",
      header: words.p95,
      cell: (it) => (it.p95_seconds === null ? <Nothing /> : formatDuration(it.p95_seconds)),
    },
    { ...window, key: "retries", header: words.retries, cell: (it) => <Count value={it.retries} /> },
  ];
}

function jobs(it: JobTypeOverview, status: JobStatus, count: number): ReactNode {
  return <Count value={count} href={`/admin/jobs?job_type=${it.job_type}&status=${status}`} />;
}

function Rate({ value }: { value: number | null }) {
  if (value === null) return <Nothing />;
  return <span className={cn(value < 1 && "text-red font-medium")}>{formatPercent(value)}</span>;
}

function Nothing() {
  return <span className="text-ink-soft">{NOTHING}</span>;
}
