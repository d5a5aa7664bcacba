"use client";

import { formatAge, formatDateAndClock, NOTHING } from "@/lib/adminFormat";
import { cn } from "@/lib/cn";
import { strings } from "@/lib/strings";
import { useNow } from "@/lib/useNow";

interface MomentProps {
  at: string | null | undefined;
  className?: string;
}

/** A moment by its distance from now, with the exact time beside it on hover. */
export function Moment({ at, className }: MomentProps) {
  const now = useNow(1_000);
  if (!at) return NOTHING;
  const seconds = now === null ? null : (now.getTime() - Date.parse(at)) / 1000;
  return (
    <time
      dateTime={at}
      title={now === null ? undefined : formatDateAndClock(at)}
      className={cn("whitespace-nowrap tabular-nums", className)}
    >
      {seconds === null
        ? // The server does not know the reader's clock.
          `${at.slice(0, 10)} ${at.slice(11, 19)} UTC`
        : seconds >= 0
          ? strings.admin.ago(formatAge(seconds))
          : strings.admin.inFuture(formatAge(-seconds))}
    </time>
  );
}
