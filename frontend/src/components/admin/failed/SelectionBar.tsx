"use client";

import { RotateCcw } from "lucide-react";

import { Button } from "@/components/ui/Button";
import { strings } from "@/lib/strings";
import type { Selection } from "@/lib/useSelection";

const words = strings.adminJobs.failed.selection;

interface SelectionBarProps {
  selection: Selection;
  onRetry: () => void;
}

/** What can be done with the rows that were chosen; it stays in sight while they scroll. */
export function SelectionBar({ selection, onRetry }: SelectionBarProps) {
  if (selection.count === 0) return null;
  return (
    <section
      aria-label={words.label}
      className="animate-rise bg-raised shadow-lift sticky bottom-4 z-20 mx-auto mt-4 flex w-fit max-w-full flex-wrap items-center gap-2 rounded-xl border py-2 pr-2 pl-4"
    >
      <p role="status" className="pr-2 text-sm tabular-nums">
        {words.count(selection.count, selection.elsewhere)}
        {selection.isFull && <span className="text-ink-soft"> {words.most(selection.count)}</span>}
      </p>
      <Button variant="ghost" size="sm" onClick={() => selection.clear()}>
        {words.clear}
      </Button>
      <Button size="sm" onClick={onRetry}>
        <RotateCcw aria-hidden />
        {words.retry}
      </Button>
    </section>
  );
}
