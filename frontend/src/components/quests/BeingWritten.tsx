import { Feather } from "lucide-react";

import { strings } from "@/lib/strings/app";

const words = strings.person.quests;

/** The person asked, and somebody is at it. */
export function BeingWritten() {
  return (
    <div
      role="status"
      className="animate-appear border-sun bg-card flex items-center gap-4 rounded-xl border border-dashed p-5"
    >
      <Feather aria-hidden className="animate-breathe text-sun size-7" strokeWidth={1.5} />
      <div>
        <p className="font-serif text-lg font-semibold">{words.writing}</p>
        <p className="text-ink-soft">{words.writingText}</p>
      </div>
    </div>
  );
}
