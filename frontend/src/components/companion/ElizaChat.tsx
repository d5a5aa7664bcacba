"use client";

import { useEffect, useRef } from "react";

import { Badge } from "@/components/ui/Badge";
import { Button } from "@/components/ui/Button";
import { ErrorState } from "@/components/ui/ErrorState";
import { LoadingRegion, Skeleton } from "@/components/ui/Skeleton";
import { strings } from "@/lib/strings/app";
import { useCompanion } from "@/lib/useCompanion";
import type { Character, CharacterRead } from "@/types/api";

import { Composer } from "./Composer";
import { AnswerBubble, MessageBubble, OutgoingBubble, ThinkingBubble } from "./Message";
import { Portrait } from "./Portrait";

const words = strings.person.companion;

interface ElizaChatProps {
  character: Character;
  who: CharacterRead | undefined;
}

/** The conversation with Eliza, or with another character. */
export function ElizaChat({ character, who }: ElizaChatProps) {
  const chat = useCompanion(character);
  const name = strings.person.characters[character];
  const end = useRef<HTMLDivElement>(null);
  const log = useRef<HTMLDivElement>(null);
  const isNearEnd = useRef(true);
  const isEmpty = chat.messages.length === 0 && chat.outgoing.length === 0 && chat.answers.length === 0;
  const written = chat.answers.reduce((sum, answer) => sum + answer.text.length, 0);

  useEffect(() => {
    // Follows the answer, unless the person is reading further up.
    if (isNearEnd.current) end.current?.scrollIntoView({ block: "nearest" });
  }, [chat.messages.length, chat.outgoing.length, written, chat.isAwaiting]);

  return (
    <section
      aria-label={words.conversation(name)}
      className="bg-card shadow-soft flex min-h-[60dvh] min-w-0 flex-col overflow-hidden rounded-xl border"
    >
      <header className="flex items-center gap-3 border-b px-5 py-3">
        <Portrait character={character} />
        <div className="min-w-0">
          <h2 className="text-lg font-semibold">{name}</h2>
          <p className="text-ink-soft truncate text-sm">{who?.persona ?? words.lead}</p>
        </div>
        <p role="status" className="ml-auto">
          {!chat.isLive && !chat.history.isPending && <Badge tone="yellow">{words.unsettled}</Badge>}
        </p>
      </header>
      <div
        ref={log}
        // Reachable by keyboard, since it scrolls.
        tabIndex={0}
        role="log"
        aria-label={words.conversation(name)}
        aria-live="polite"
        className="flex flex-1 flex-col gap-4 overflow-y-auto px-4 py-5 max-lg:max-h-[62dvh] sm:px-6"
        onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
          isNearEnd.current = scrollHeight - scrollTop - clientHeight < 120;
        }}
      >
        {chat.history.isPending && (
          <LoadingRegion>
            <Skeleton className="h-24 w-2/3" />
          </LoadingRegion>
        )}
        {chat.history.isError && chat.messages.length === 0 && (
          <ErrorState error={chat.history.error} onRetry={() => void chat.history.refetch()} />
        )}
        {chat.history.hasNextPage && (
          <Button
            variant="ghost"
            size="sm"
            className="self-center"
            isBusy={chat.history.isFetchingNextPage}
            onClick={() => void chat.history.fetchNextPage()}
          >
            {words.earlier}
          </Button>
        )}
        {isEmpty && chat.history.isSuccess && (
          <div className="m-auto grid max-w-sm justify-items-center gap-2 py-8 text-center">
            <Portrait character={character} className="size-20" />
            <p className="font-serif text-xl font-semibold">{words.begin(name)}</p>
            <p className="text-ink-soft">{words.beginText}</p>
          </div>
        )}
        {chat.messages.map((message) => (
          <MessageBubble key={message.id} message={message} onAskAgain={() => chat.send(message.text)} />
        ))}
        {chat.outgoing.map((message) => (
          <OutgoingBubble key={message.key} message={message} onSendAgain={() => chat.sendAgain(message)} />
        ))}
        {chat.answers.map((answer) => (
          <AnswerBubble key={answer.id} answer={answer} />
        ))}
        {chat.isAwaiting && chat.answers.every((answer) => answer.state === "complete") && (
          <ThinkingBubble name={name} />
        )}
        <div ref={end} />
      </div>
      <Composer
        character={character}
        name={name}
        onSend={(text) => {
          isNearEnd.current = true;
          chat.send(text);
        }}
      />
    </section>
  );
}
