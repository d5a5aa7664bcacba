import { HydrationBoundary } from "@tanstack/react-query";
import type { Metadata } from "next";

import { Jobs } from "@/components/admin/jobs/Jobs";
import { JOB_FILTERS } from "@/lib/adminQueries/jobs";
import { filtersOf, type SearchParams } from "@/lib/filtersOf";
import { prefetchAdmin } from "@/lib/server/prefetchAdmin";
import { requireOperator } from "@/lib/server/requireSession";
import { strings } from "@/lib/strings";

export const metadata: Metadata = { title: strings.adminJobs.jobs.title };

export default async function JobsPage({ searchParams }: { searchParams: Promise<SearchParams> }) {
  const { filters, cursor } = filtersOf(await searchParams, JOB_FILTERS);
  const state = await prefetchAdmin(await requireOperator(), (cache, queries) => [
    cache.query(queries.jobs(filters, cursor)),
    cache.query(queries.eventTypes()),
  ]);
  return (
    <HydrationBoundary state={state}>
      <Jobs />
    </HydrationBoundary>
  );
}
