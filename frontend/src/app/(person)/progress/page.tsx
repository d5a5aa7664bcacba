import { HydrationBoundary } from "@tanstack/react-query";
import type { Metadata } from "next";

import { Progress } from "@/components/progress/Progress";
import { prefetch } from "@/lib/server/prefetch";
import { requireSession } from "@/lib/server/requireSession";
import { strings } from "@/lib/strings/app";

export const metadata: Metadata = { title: strings.person.progress.title };

export default async function ProgressPage() {
  const session = await requireSession();
  const state = await prefetch(session, (cache, queries) => [
    cache.query(queries.progress(30)),
    cache.query(queries.dci(30)),
    cache.query(queries.calendar()),
    cache.infiniteQuery(queries.essence()),
  ]);
  return (
    <HydrationBoundary state={state}>
      <Progress />
    </HydrationBoundary>
  );
}
