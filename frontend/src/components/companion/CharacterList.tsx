import Link from "next/link";

import { cn } from "@/lib/cn";
import { CHARACTERS } from "@/lib/companion/characters";
import { strings } from "@/lib/strings/app";
import type { Character, CharacterRead } from "@/types/api";

import { Portrait } from "./Portrait";

const words = strings.person.companion;

interface CharacterListProps {
  characters: readonly CharacterRead[];
  present: Character;
}

export function CharacterList({ characters, present }: CharacterListProps) {
  return (
    <nav aria-label={words.people}>
      <ul className="flex gap-2 overflow-x-auto p-0.5 lg:grid lg:overflow-visible">
        {CHARACTERS.map((character) => {
          const who = characters.find((it) => it.character === character);
          return (
            <li key={character} className="shrink-0">
              <Link
                href={`/companion/${character}`}
                aria-current={character === present ? "page" : undefined}
                className={cn(
                  "hover:bg-sunken flex items-center gap-3 rounded-xl border border-transparent p-2 pr-4 transition-colors lg:p-3",
                  character === present && "border-line bg-card shadow-soft hover:bg-card",
                )}
              >
                <Portrait character={character} className="size-9 lg:size-11" />
                <span className="grid">
                  <span className="font-medium">{strings.person.characters[character]}</span>
                  {who !== undefined && (
                    <span className="text-ink-soft text-sm max-lg:hidden">
                      {words.place(who.place.name)} · {words.level(who.level)}
                    </span>
                  )}
                </span>
              </Link>
            </li>
          );
        })}
      </ul>
    </nav>
  );
}
