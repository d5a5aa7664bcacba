"use client";

import type { UseQueryResult } from "@tanstack/react-query";
import { RotateCcw } from "lucide-react";
import Link from "next/link";

import { type Column, DataTable } from "@/components/admin/DataTable";
import { Moment } from "@/components/admin/Moment";
import { Button } from "@/components/ui/Button";
import { formatCount } from "@/lib/adminFormat";
import { letterPath } from "@/lib/failed/letterPath";
import { strings } from "@/lib/strings";
import type { FailureGroup } from "@/types/api";

import { FailureText } from "./FailureText";

const words = strings.adminJobs.failed;

interface FailureGroupsProps {
  groups: UseQueryResult<FailureGroup[]>;
  isFiltered: boolean;
  onShow: (group: FailureGroup) => void;
  onRetry: (group: FailureGroup) => void;
}

/** Letters that failed alike are one line: after a storm there are a thousand letters and three causes. */
export function FailureGroups({ groups, isFiltered, onShow, onRetry }: FailureGroupsProps) {
  return (
    <div className="bg-card overflow-hidden rounded-lg border">
      <DataTable
        caption={words.groups.caption}
        columns={columnsFor(onShow, onRetry)}
        rows={groups.data}
        rowKey={(row) => `${row.job_type}:${row.fingerprint ?? ""}`}
        error={groups.error}
        onRetry={() => void groups.refetch()}
        empty={
          <p className="text-ink font-medium">
            {isFiltered ? words.table.noneTitle : words.table.emptyTitle}
          </p>
        }
      />
    </div>
  );
}

function columnsFor(
  onShow: (group: FailureGroup) => void,
  onRetry: (group: FailureGroup) => void,
): Column<FailureGroup>[] {
  return [
    {
      key: "count",
      header: words.groups.count,
      cell: (row) => (
        <Button
          variant="soft"
          size="sm"
          className="min-w-12 tabular-nums"
          aria-label={words.groups.show(row.count)}
          title={words.groups.show(row.count)}
          onClick={() => onShow(row)}
        >
          {formatCount(row.count)}
        </Button>
      ),
      isNumber: true,
      className: "w-px align-top",
    },
    {
      key: "failure",
      header: words.groups.failure,
      isRowHeader: true,
      cell: (row) => (
        <div className="min-w-0 font-normal">
          <span className="text-xs font-semibold">{row.job_type}</span>
          <FailureText type={row.error_type} message={row.sample_message} />
        </div>
      ),
      className: "w-full max-w-0 min-w-56 align-top",
    },
    {
      key: "people",
      header: words.groups.people,
      cell: (row) => formatCount(row.people),
      isNumber: true,
      className: "align-top max-sm:hidden",
    },
    {
      key: "first",
      header: words.groups.first,
      cell: (row) => <Moment at={row.first_seen_at} />,
      isNumber: true,
      className: "align-top max-lg:hidden",
    },
    {
      key: "last",
      header: words.groups.last,
      cell: (row) => (
        <Link
          href={letterPath(row.sample_id)}
          className="text-accent underline-offset-2 hover:underline"
          title={words.groups.sample}
        >
          <Moment at={row.last_seen_at} />
        </Link>
      ),
      isNumber: true,
      className: "align-top max-sm:hidden",
    },
    {
      key: "actions",
      header: <span className="sr-only">{words.table.actions}</span>,
      cell: (row) => (
        <Button
          variant="outline"
          size="sm"
          aria-label={words.groups.retryOf(row.error_type, row.job_type)}
          onClick={() => onRetry(row)}
        >
          <RotateCcw aria-hidden />
          <span className="max-sm:sr-only">{words.groups.retry}</span>
        </Button>
      ),
      className: "w-px align-top",
    },
  ];
}
