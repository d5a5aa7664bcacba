"use client";

import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Bell } from "lucide-react";
import { lazy, Suspense, useState } from "react";

import { Button } from "@/components/ui/Button";
import { queries } from "@/lib/queries";
import { strings } from "@/lib/strings/app";
import { useNow } from "@/lib/useNow";
import type { NudgeRead } from "@/types/api";

const words = strings.person.inbox;

const InboxDialog = lazy(() => import("./InboxDialog"));

/** What came by itself: nudges that are still good, and messages of characters who wrote first. */
export function Inbox() {
  const [isOpen, setIsOpen] = useState<boolean | null>(null);
  const now = useNow(60_000);
  const nudges = useQuery(queries.nudges()).data?.items ?? [];
  const written = useInfiniteQuery(queries.messages(null)).data?.pages.flatMap((page) => page.items) ?? [];
  const delivered = nudges.filter((nudge) => nudge.status === "delivered");

  function isOpenNudge(nudge: NudgeRead): boolean {
    return now !== null && nudge.response === null && Date.parse(nudge.expires_at) > now.getTime();
  }
  const unread = delivered.filter(isOpenNudge).length;
  return (
    <>
      <Button
        variant="ghost"
        size="icon"
        className="relative"
        aria-label={words.open(unread)}
        aria-haspopup="dialog"
        onClick={() => setIsOpen(true)}
      >
        <Bell aria-hidden />
        {unread > 0 && <span aria-hidden className="bg-sun absolute top-2 right-2 size-2.5 rounded-full" />}
      </Button>
      {isOpen !== null && (
        <Suspense>
          <InboxDialog
            isOpen={isOpen}
            onOpenChange={setIsOpen}
            nudges={delivered}
            messages={written.filter((message) => message.initiated)}
            isOpenNudge={isOpenNudge}
          />
        </Suspense>
      )}
    </>
  );
}
