import { HydrationBoundary } from "@tanstack/react-query";
import type { Metadata } from "next";
import { notFound } from "next/navigation";

import { Companion } from "@/components/companion/Companion";
import { CHARACTERS } from "@/lib/companion/characters";
import { prefetch } from "@/lib/server/prefetch";
import { requireSession } from "@/lib/server/requireSession";
import { strings } from "@/lib/strings/app";

export const metadata: Metadata = { title: strings.person.companion.title };

export default async function ConversationPage({ params }: { params: Promise<{ character: string }> }) {
  const { character: wanted } = await params;
  const character = CHARACTERS.find((it) => it === wanted);
  if (character === undefined) notFound();
  const session = await requireSession();
  const state = await prefetch(session, (cache, queries) => [
    cache.infiniteQuery(queries.messages(character)),
    cache.query(queries.characters()),
  ]);
  return (
    <HydrationBoundary state={state}>
      <Companion character={character} />
    </HydrationBoundary>
  );
}
