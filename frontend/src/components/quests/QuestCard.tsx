"use client";

import { Check, KeyRound, X } from "lucide-react";

import { MissionFacts } from "@/components/missions/MissionFacts";
import { Badge } from "@/components/ui/Badge";
import { Button } from "@/components/ui/Button";
import { strings } from "@/lib/strings/app";
import type { QuestRead } from "@/types/api";

const words = strings.person.quests;

interface QuestCardProps {
  quest: QuestRead;
  onAccept: () => void;
  onDecline: () => void;
}

/** A proposal: what it is, what it asks, why it is made, and the two answers to it. */
export function QuestCard({ quest, onAccept, onDecline }: QuestCardProps) {
  return (
    <article
      aria-label={quest.title}
      className="bg-card shadow-soft flex h-full flex-col gap-3 rounded-xl border p-5"
    >
      {quest.hidden_trigger !== null && quest.hidden_trigger !== undefined && (
        <Badge tone="yellow" className="self-start">
          <KeyRound aria-hidden />
          {words.hidden}
        </Badge>
      )}
      <h3 className="text-xl font-semibold">{quest.title}</h3>
      <p>{quest.description}</p>
      {quest.rationale !== "" && (
        <p className="border-sun/60 text-ink-soft border-l-2 pl-3 text-[0.95rem] italic">
          <span className="sr-only">{words.why}: </span>
          {quest.rationale}
        </p>
      )}
      <div className="mt-auto grid gap-4 pt-1">
        <MissionFacts facts={quest} />
        <div className="flex gap-2">
          <Button size="sm" onClick={onAccept} aria-label={words.acceptOf(quest.title)}>
            <Check aria-hidden />
            {words.accept}
          </Button>
          <Button size="sm" variant="ghost" onClick={onDecline} aria-label={words.declineOf(quest.title)}>
            <X aria-hidden />
            {words.decline}
          </Button>
        </div>
      </div>
    </article>
  );
}
