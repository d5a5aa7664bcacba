"use client";

import { formatDateAndClock, formatDistance, NOTHING } from "@/lib/adminFormat";
import { cn } from "@/lib/cn";
import { strings } from "@/lib/strings";
import { useNow } from "@/lib/useNow";

interface MomentProps {
  at: string | null | undefined;
  /** The exact time is seen, and the distance on hover. */
  isExact?: boolean;
  className?: string;
}

/** A moment by its distance from now, with the exact time on hover; or the other way round. */
export function Moment({ at, isExact = false, className }: MomentProps) {
  const now = useNow(1_000);
  if (!at) return NOTHING;
  // The server does not know the reader's clock.
  const exact = now === null ? `${at.slice(0, 10)} ${at.slice(11, 19)} UTC` : formatDateAndClock(at);
  const distance = now === null ? exact : distanceOf((now.getTime() - Date.parse(at)) / 1000);
  return (
    <time
      dateTime={at}
      title={isExact ? distance : exact}
      className={cn("whitespace-nowrap tabular-nums", className)}
    >
      {isExact ? exact : distance}
    </time>
  );
}

function distanceOf(seconds: number): string {
  return seconds >= 0
    ? strings.admin.ago(formatDistance(seconds))
    : strings.admin.inFuture(formatDistance(-seconds));
}
