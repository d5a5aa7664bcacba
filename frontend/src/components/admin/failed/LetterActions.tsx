"use client";

import { EllipsisVertical, Pencil, RotateCcw, Trash2 } from "lucide-react";
import { useRouter } from "next/navigation";
import { useState } from "react";

import { Button } from "@/components/ui/Button";
import { Menu, MenuItem } from "@/components/ui/Menu";
import { letterPath } from "@/lib/failed/letterPath";
import { useRetryLetter } from "@/lib/failed/useRetryLetter";
import { strings } from "@/lib/strings";
import { useNextRowFocus } from "@/lib/useNextRowFocus";
import type { DeadLetterRead } from "@/types/api";

import { DiscardDialog } from "./DiscardDialog";

const words = strings.adminJobs.failed;

/** What can be done with one row. */
export function LetterActions({ letter }: { letter: DeadLetterRead }) {
  const router = useRouter();
  const retry = useRetryLetter();
  const [isDiscarding, setIsDiscarding] = useState(false);
  const actions = useNextRowFocus();
  return (
    <div ref={actions} className="flex items-center justify-end gap-1">
      <Button
        variant="soft"
        size="sm"
        isBusy={retry.isPending}
        aria-label={words.retryOf(letter.job_type, letter.user_id)}
        onClick={() => retry.mutate(letter)}
      >
        {!retry.isPending && <RotateCcw aria-hidden />}
        <span className="max-sm:sr-only">{words.retry}</span>
      </Button>
      <Menu
        trigger={
          <Button variant="ghost" size="iconSm" aria-label={words.more(letter.job_type, letter.user_id)}>
            <EllipsisVertical aria-hidden />
          </Button>
        }
      >
        <MenuItem onSelect={() => router.push(`${letterPath(letter.id)}?edit=1`)}>
          <Pencil aria-hidden />
          {words.edit}
        </MenuItem>
        <MenuItem onSelect={() => setIsDiscarding(true)}>
          <Trash2 aria-hidden />
          {words.discard}
        </MenuItem>
      </Menu>
      <DiscardDialog letter={letter} isOpen={isDiscarding} onOpenChange={setIsDiscarding} />
    </div>
  );
}
