"use client";

import { RefreshCw } from "lucide-react";

import { Button } from "@/components/ui/Button";
import { formatClock } from "@/lib/adminFormat";
import { cn } from "@/lib/cn";
import { strings } from "@/lib/strings";
import { useNow } from "@/lib/useNow";

interface FreshnessProps {
  query: { dataUpdatedAt: number; isFetching: boolean; isError: boolean; refetch: () => Promise<unknown> };
}

const words = strings.admin.freshness;

/** When the page's numbers were read, and a button that reads them now. */
export function Freshness({ query }: FreshnessProps) {
  // The server does not know the reader's clock.
  const isHere = useNow(60_000) !== null;
  return (
    <div className="text-ink-soft flex items-center gap-1 text-sm tabular-nums">
      {isHere && query.dataUpdatedAt > 0 && (
        <span className={cn(query.isError && "text-yellow font-medium")}>
          {query.isError && `${words.old}. `}
          {words.asOf(formatClock(query.dataUpdatedAt))}
        </span>
      )}
      <Button
        variant="ghost"
        size="iconSm"
        aria-label={words.refresh}
        title={words.refresh}
        onClick={() => void query.refetch()}
      >
        <RefreshCw aria-hidden className={cn(query.isFetching && "animate-spin")} />
      </Button>
    </div>
  );
}
