import Link from "next/link";

import type { Column } from "@/components/admin/DataTable";
import { FailureText } from "@/components/admin/failed/FailureText";
import { JobStatusBadge } from "@/components/admin/JobStatusBadge";
import { Moment } from "@/components/admin/Moment";
import { formatCount, formatDuration, formatUsd, NOTHING } from "@/lib/adminFormat";
import { jobPath } from "@/lib/failed/letterPath";
import { strings } from "@/lib/strings";
import type { JobLine } from "@/types/api";

const words = strings.adminJobs.jobs.table;

export const JOB_COLUMNS: Column<JobLine>[] = [
  {
    key: "job",
    header: words.job,
    isRowHeader: true,
    cell: (row) => (
      <>
        <Link
          href={jobPath(row.event_id, row.job_type)}
          className="text-accent font-semibold whitespace-nowrap underline-offset-2 hover:underline"
        >
          {row.job_type}
        </Link>
        <span className="text-ink-soft block text-xs font-normal">{row.event_type}</span>
      </>
    ),
    className: "align-top",
  },
  {
    key: "status",
    header: words.status,
    cell: (row) => <JobStatusBadge status={row.status} />,
    className: "align-top",
  },
  {
    key: "error",
    header: words.error,
    cell: (row) =>
      row.error_type ? <FailureText type={row.error_type} message={row.error_message} /> : NOTHING,
    className: "w-2/5 max-w-0 min-w-40 align-top max-lg:hidden",
  },
  {
    key: "person",
    header: words.person,
    cell: (row) => <span className="block max-w-40 truncate">{row.user_id}</span>,
    className: "align-top",
  },
  {
    key: "attempt",
    header: words.attempt,
    cell: (row) => formatCount(row.attempt),
    isNumber: true,
    className: "align-top max-sm:hidden",
  },
  {
    key: "took",
    header: words.took,
    cell: (row) => formatDuration((Date.parse(row.finished_at) - Date.parse(row.started_at)) / 1000),
    isNumber: true,
    className: "align-top max-sm:hidden",
  },
  {
    key: "tokens",
    header: words.tokens,
    cell: (row) => formatCount(row.tokens_in + row.tokens_out),
    isNumber: true,
    className: "align-top max-md:hidden",
  },
  {
    key: "cost",
    header: words.cost,
    cell: (row) => formatUsd(row.cost),
    isNumber: true,
    className: "align-top max-md:hidden",
  },
  {
    key: "settled",
    header: words.settled,
    cell: (row) => <Moment at={row.finished_at} />,
    isNumber: true,
    className: "align-top",
  },
];
