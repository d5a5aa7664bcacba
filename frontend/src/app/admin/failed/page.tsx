import { HydrationBoundary } from "@tanstack/react-query";
import type { Metadata } from "next";

import { FailedJobs } from "@/components/admin/failed/FailedJobs";
import { LETTER_FILTERS } from "@/lib/adminQueries/deadLetters";
import { filtersOf, type SearchParams } from "@/lib/filtersOf";
import { prefetchAdmin } from "@/lib/server/prefetchAdmin";
import { requireOperator } from "@/lib/server/requireSession";
import { strings } from "@/lib/strings";

export const metadata: Metadata = { title: strings.adminJobs.failed.title };

export default async function FailedJobsPage({ searchParams }: { searchParams: Promise<SearchParams> }) {
  const { filters, cursor } = filtersOf(await searchParams, LETTER_FILTERS);
  const state = await prefetchAdmin(await requireOperator(), (cache, queries) => [
    cache.query(queries.failureGroups(filters)),
    cache.query(queries.deadLetters(filters, cursor)),
    cache.query(queries.eventTypes()),
  ]);
  return (
    <HydrationBoundary state={state}>
      <FailedJobs />
    </HydrationBoundary>
  );
}
