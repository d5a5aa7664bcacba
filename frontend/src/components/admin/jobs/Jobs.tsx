"use client";

import { useQuery } from "@tanstack/react-query";

import { AdminTitle } from "@/components/admin/AdminTitle";
import { DataTable } from "@/components/admin/DataTable";
import { Freshness } from "@/components/admin/Freshness";
import { adminQueries } from "@/lib/adminQueries";
import { JOB_FILTERS } from "@/lib/adminQueries/jobs";
import { strings } from "@/lib/strings";
import { useFilters } from "@/lib/useFilters";

import { FindEvent } from "./FindEvent";
import { JOB_COLUMNS } from "./jobColumns";
import { JobFilterBar } from "./JobFilterBar";

const words = strings.adminJobs.jobs;

/** Every job that there is a row of, to be found by what somebody knows about it. */
export function Jobs() {
  const { filters, isFiltered, setFilters, clear, cursor, setCursor } = useFilters(JOB_FILTERS);
  const jobs = useQuery(adminQueries.jobs(filters, cursor));
  return (
    <>
      <AdminTitle
        title={words.title}
        lead={words.lead}
        actions={
          <>
            <Freshness query={jobs} />
            <FindEvent />
          </>
        }
      />
      <JobFilterBar filters={filters} isFiltered={isFiltered} onChange={setFilters} onClear={clear} />
      <div className="bg-card overflow-hidden rounded-lg border">
        <DataTable
          caption={words.table.caption}
          columns={JOB_COLUMNS}
          rows={jobs.data?.items}
          rowKey={(row) => `${row.event_id}:${row.job_type}`}
          error={jobs.error}
          onRetry={() => void jobs.refetch()}
          empty={
            <>
              <p className="text-ink font-medium">
                {isFiltered ? words.table.noneTitle : words.table.emptyTitle}
              </p>
              {isFiltered && <p className="pt-1 text-sm">{words.table.noneText}</p>}
            </>
          }
          pages={{
            cursor,
            nextCursor: jobs.data?.next_cursor,
            onCursor: setCursor,
            isLoading: jobs.isPlaceholderData,
          }}
        />
      </div>
    </>
  );
}
