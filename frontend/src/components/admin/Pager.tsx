"use client";

import { ChevronRight, ChevronsLeft } from "lucide-react";

import { Button } from "@/components/ui/Button";
import { strings } from "@/lib/strings";

export interface Pages {
  /** Of the page that is shown; null for the first. */
  cursor: string | null;
  nextCursor: string | null | undefined;
  onCursor: (cursor: string | null) => void;
  isLoading?: boolean;
}

interface PagerProps extends Pages {
  /** What is paged. */
  caption: string;
}

const words = strings.admin.table;

/** Leads to the next page, and back to the first. The browser's "back" leads to the page before. */
export function Pager({ caption, cursor, nextCursor, onCursor, isLoading = false }: PagerProps) {
  if (cursor === null && !nextCursor) return null;
  return (
    <nav aria-label={words.pages(caption)} className="flex justify-end gap-2 border-t px-4 py-2">
      {cursor !== null && (
        <Button variant="ghost" size="sm" onClick={() => onCursor(null)}>
          <ChevronsLeft aria-hidden />
          {words.newest}
        </Button>
      )}
      <Button
        variant="outline"
        size="sm"
        isBusy={isLoading}
        disabled={isLoading || !nextCursor}
        onClick={() => onCursor(nextCursor ?? null)}
      >
        {words.next}
        <ChevronRight aria-hidden />
      </Button>
    </nav>
  );
}
