import { HydrationBoundary } from "@tanstack/react-query";
import type { Metadata } from "next";

import { Overview } from "@/components/admin/Overview";
import { filtersOf, type SearchParams } from "@/lib/filtersOf";
import { prefetchAdmin } from "@/lib/server/prefetchAdmin";
import { requireOperator } from "@/lib/server/requireSession";
import { strings } from "@/lib/strings";
import { asWindow } from "@/lib/windows";

export const metadata: Metadata = { title: strings.admin.nav.overview };

export default async function OverviewPage({ searchParams }: { searchParams: Promise<SearchParams> }) {
  const session = await requireOperator();
  const { filters } = filtersOf(await searchParams, ["window"]);
  const minutes = asWindow(filters.window);
  const state = await prefetchAdmin(session, (cache, queries) => [
    cache.query(queries.overview(minutes)),
    cache.query(queries.lagHistory(minutes)),
    cache.query(queries.alerts()),
  ]);
  return (
    <HydrationBoundary state={state}>
      <Overview />
    </HydrationBoundary>
  );
}
