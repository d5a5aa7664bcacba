import { HydrationBoundary } from "@tanstack/react-query";
import type { Metadata } from "next";

import { Groups } from "@/components/admin/Groups";
import { prefetchAdmin } from "@/lib/server/prefetchAdmin";
import { requireOperator } from "@/lib/server/requireSession";
import { strings } from "@/lib/strings";

export const metadata: Metadata = { title: strings.admin.groups.title };

export default async function GroupsPage() {
  const session = await requireOperator();
  const state = await prefetchAdmin(session, (cache, queries) => [
    cache.query(queries.groups()),
    cache.query(queries.lag()),
  ]);
  return (
    <HydrationBoundary state={state}>
      <Groups />
    </HydrationBoundary>
  );
}
