import { HydrationBoundary } from "@tanstack/react-query";
import type { Metadata } from "next";

import { Audit } from "@/components/admin/Audit";
import { AUDIT_FILTERS, auditQuery } from "@/lib/auditQuery";
import { filtersOf, type SearchParams } from "@/lib/filtersOf";
import { prefetchAdmin } from "@/lib/server/prefetchAdmin";
import { requireOperator } from "@/lib/server/requireSession";
import { strings } from "@/lib/strings";

export const metadata: Metadata = { title: strings.admin.audit.title };

export default async function AuditPage({ searchParams }: { searchParams: Promise<SearchParams> }) {
  const session = await requireOperator();
  const { filters, cursor } = filtersOf(await searchParams, AUDIT_FILTERS);
  const state = await prefetchAdmin(session, (cache, queries) => [
    cache.query(queries.actions(auditQuery(filters, cursor))),
  ]);
  return (
    <HydrationBoundary state={state}>
      <Audit />
    </HydrationBoundary>
  );
}
