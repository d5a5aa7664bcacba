import { HydrationBoundary } from "@tanstack/react-query";
import type { Metadata } from "next";

import { DeadLetter } from "@/components/admin/failed/DeadLetter";
import { prefetchAdmin } from "@/lib/server/prefetchAdmin";
import { requireOperator } from "@/lib/server/requireSession";
import { strings } from "@/lib/strings";

export const metadata: Metadata = { title: strings.adminJobs.letter.title };

export default async function DeadLetterPage({ params }: { params: Promise<{ id: string }> }) {
  const id = decodeURIComponent((await params).id);
  const state = await prefetchAdmin(await requireOperator(), (cache, queries) => [
    cache.query(queries.deadLetter(id)),
  ]);
  return (
    <HydrationBoundary state={state}>
      <DeadLetter id={id} />
    </HydrationBoundary>
  );
}
