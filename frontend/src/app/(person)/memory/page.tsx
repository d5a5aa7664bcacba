import { HydrationBoundary } from "@tanstack/react-query";
import type { Metadata } from "next";

import { Memory } from "@/components/memory/Memory";
import { prefetch } from "@/lib/server/prefetch";
import { requireSession } from "@/lib/server/requireSession";
import { strings } from "@/lib/strings/app";

export const metadata: Metadata = { title: strings.person.memory.title };

export default async function MemoryPage() {
  const session = await requireSession();
  const state = await prefetch(session, (cache, queries) => [cache.infiniteQuery(queries.memories(null))]);
  return (
    <HydrationBoundary state={state}>
      <Memory />
    </HydrationBoundary>
  );
}
