"use client";

import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Bell } from "lucide-react";
import Link from "next/link";
import { useState } from "react";

import { Portrait } from "@/components/companion/Portrait";
import { Button } from "@/components/ui/Button";
import { Dialog } from "@/components/ui/Dialog";
import { formatMoment } from "@/lib/dates";
import { queries } from "@/lib/queries";
import { strings } from "@/lib/strings";
import { useNow } from "@/lib/useNow";
import type { NudgeRead } from "@/types/api";

import { Nudge } from "./Nudge";

const words = strings.person.inbox;

/** What came by itself: nudges that are still good, and messages of characters who wrote first. */
export function Inbox() {
  const [isOpen, setIsOpen] = useState(false);
  const now = useNow(60_000);
  const nudges = useQuery(queries.nudges()).data?.items ?? [];
  const written = useInfiniteQuery(queries.messages(null)).data?.pages.flatMap((page) => page.items) ?? [];
  const delivered = nudges.filter((nudge) => nudge.status === "delivered");
  const initiated = written.filter((message) => message.initiated);
  const unread = now === null ? 0 : delivered.filter((nudge) => isOpenNudge(nudge, now)).length;
  return (
    <>
      <Button
        variant="ghost"
        size="icon"
        className="relative"
        aria-label={words.open(unread)}
        onClick={() => setIsOpen(true)}
      >
        <Bell aria-hidden />
        {unread > 0 && <span aria-hidden className="bg-sun absolute top-2 right-2 size-2.5 rounded-full" />}
      </Button>
      <Dialog isOpen={isOpen} onOpenChange={setIsOpen} title={words.title}>
        {delivered.length === 0 && initiated.length === 0 && <p className="text-ink-soft">{words.none}</p>}
        <ul className="grid gap-3">
          {delivered.map((nudge) => (
            <li key={nudge.id}>
              <Nudge nudge={nudge} isOpen={now !== null && isOpenNudge(nudge, now)} />
            </li>
          ))}
          {initiated.map((message) => (
            <li key={message.id}>
              <Link
                href={`/companion/${message.character}`}
                className="bg-sunken flex gap-3 rounded-lg p-4 hover:underline"
                onClick={() => setIsOpen(false)}
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
    </>
  );
}

function isOpenNudge(nudge: NudgeRead, now: Date): boolean {
  return nudge.response === null && Date.parse(nudge.expires_at) > now.getTime();
}
