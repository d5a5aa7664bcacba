"use client";

import Link from "next/link";

import { Portrait } from "@/components/companion/Portrait";
import { Dialog } from "@/components/ui/Dialog";
import { formatMoment } from "@/lib/dates";
import { strings } from "@/lib/strings/app";
import type { CompanionMessageRead, NudgeRead } from "@/types/api";

import { Nudge } from "./Nudge";

const words = strings.person.inbox;

interface InboxDialogProps {
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
  nudges: readonly NudgeRead[];
  messages: readonly CompanionMessageRead[];
  isOpenNudge: (nudge: NudgeRead) => boolean;
}

export default function InboxDialog({
  isOpen,
  onOpenChange,
  nudges,
  messages,
  isOpenNudge,
}: InboxDialogProps) {
  return (
    <Dialog isOpen={isOpen} onOpenChange={onOpenChange} title={words.title}>
      {nudges.length === 0 && messages.length === 0 && <p className="text-ink-soft">{words.none}</p>}
      <ul className="grid gap-3">
        {nudges.map((nudge) => (
          <li key={nudge.id}>
            <Nudge nudge={nudge} isOpen={isOpenNudge(nudge)} />
          </li>
        ))}
        {messages.map((message) => (
          <li key={message.id}>
            <Link
              href={`/companion/${message.character}`}
              className="bg-sunken flex gap-3 rounded-lg p-4 hover:underline"
              onClick={() => onOpenChange(false)}
            >
              <Portrait character={message.character} />
              <span className="grid gap-1">
                <span className="text-ink-soft text-sm">
                  {words.from(strings.person.characters[message.character])},{" "}
                  {formatMoment(message.created_at)}
                </span>
                <span className="line-clamp-3">{message.text}</span>
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
