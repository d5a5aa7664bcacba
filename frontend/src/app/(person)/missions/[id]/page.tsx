import { HydrationBoundary } from "@tanstack/react-query";
import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { z } from "zod";

import { Mission } from "@/components/missions/Mission";
import { prefetch } from "@/lib/server/prefetch";
import { requireSession } from "@/lib/server/requireSession";
import { strings } from "@/lib/strings/app";

export const metadata: Metadata = { title: strings.person.mission.title };

export default async function MissionPage({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params;
  if (!z.uuid().safeParse(id).success) notFound();
  const session = await requireSession();
  const state = await prefetch(session, (cache, queries) => [
    cache.query(queries.mission(id)),
    cache.query(queries.missions("active")),
  ]);
  return (
    <HydrationBoundary state={state}>
      <Mission id={id} />
    </HydrationBoundary>
  );
}
