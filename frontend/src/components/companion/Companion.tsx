"use client";

import { useQuery } from "@tanstack/react-query";

import { queries } from "@/lib/queries";
import { strings } from "@/lib/strings/app";
import type { Character } from "@/types/api";

import { CharacterList } from "./CharacterList";
import { ElizaChat } from "./ElizaChat";

const words = strings.person.companion;

/** Who is there, and the conversation with one of them. */
export function Companion({ character }: { character: Character }) {
  const characters = useQuery(queries.characters());
  const who = characters.data?.find((it) => it.character === character);
  return (
    <div className="grid gap-4 lg:h-[calc(100dvh-5.5rem)] lg:grid-cols-[17rem_minmax(0,1fr)] lg:gap-6">
      <aside className="min-w-0">
        <h1 className="pb-1 text-3xl font-semibold tracking-tight max-lg:sr-only">{words.title}</h1>
        <p className="text-ink-soft pb-5 max-lg:hidden">{words.lead}</p>
        <CharacterList characters={characters.data ?? []} present={character} />
      </aside>
      <ElizaChat key={character} character={character} who={who} />
    </div>
  );
}
