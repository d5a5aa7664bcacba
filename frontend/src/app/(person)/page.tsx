import { HydrationBoundary } from "@tanstack/react-query";

import { prefetch } from "@/lib/server/prefetch";
import { requireSession } from "@/lib/server/requireSession";
import { Today } from "@/components/today/Today";

export default async function TodayPage() {
  const session = await requireSession();
  const state = await prefetch(session, (cache, queries) => [
    cache.query(queries.progress(30)),
    cache.query(queries.missions("active")),
    cache.query(queries.triad()),
  ]);
  return (
    <HydrationBoundary state={state}>
      <Today name={session.name} />
    </HydrationBoundary>
  );
}
