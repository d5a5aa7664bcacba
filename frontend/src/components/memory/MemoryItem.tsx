import { Pencil, Trash2 } from "lucide-react";

import { Badge } from "@/components/ui/Badge";
import { Button } from "@/components/ui/Button";
import { formatDay } from "@/lib/dates";
import { strings } from "@/lib/strings/app";
import type { MemoryRead } from "@/types/api";

const words = strings.person.memory;

interface MemoryItemProps {
  memory: MemoryRead;
  onCorrect: () => void;
  onForget: () => void;
}

/** One thing that is remembered. */
export function MemoryItem({ memory, onCorrect, onForget }: MemoryItemProps) {
  return (
    <article className="bg-card shadow-soft flex items-start gap-3 rounded-xl border p-4 sm:p-5">
      <div className="grid min-w-0 flex-1 gap-2">
        <p className="font-serif text-lg wrap-anywhere">{memory.text}</p>
        <p className="text-ink-soft flex flex-wrap items-center gap-2 text-sm">
          <Badge>{words.tiers[memory.tier]}</Badge>
          <span>{formatDay(memory.created_at)}</span>
          {memory.corrected_at !== null && <span>{words.corrected}</span>}
          {memory.expires_at !== null && <span>{words.fades(formatDay(memory.expires_at))}</span>}
        </p>
      </div>
      <Button variant="ghost" size="icon" aria-label={words.correctOf(memory.text)} onClick={onCorrect}>
        <Pencil aria-hidden />
      </Button>
      <Button variant="ghost" size="icon" aria-label={words.forgetOf(memory.text)} onClick={onForget}>
        <Trash2 aria-hidden />
      </Button>
    </article>
  );
}
