import { HydrationBoundary } from "@tanstack/react-query";
import type { Metadata } from "next";

import { Quests } from "@/components/quests/Quests";
import { prefetch } from "@/lib/server/prefetch";
import { requireSession } from "@/lib/server/requireSession";
import { strings } from "@/lib/strings/app";

export const metadata: Metadata = { title: strings.person.quests.title };

export default async function QuestsPage() {
  const session = await requireSession();
  const state = await prefetch(session, (cache, queries) => [
    cache.query(queries.quests("proposed")),
    cache.query(queries.missions("pending")),
    cache.query(queries.missions("active")),
    cache.query(queries.goals()),
  ]);
  return (
    <HydrationBoundary state={state}>
      <Quests />
    </HydrationBoundary>
  );
}
