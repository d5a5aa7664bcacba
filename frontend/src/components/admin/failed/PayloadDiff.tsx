import { cn } from "@/lib/cn";
import type { DiffRow } from "@/lib/payload/compareLines";
import { strings } from "@/lib/strings";

const words = strings.adminJobs.payload;

const LOOKS = {
  same: { sign: " ", label: null, className: "text-ink-soft" },
  removed: { sign: "−", label: words.diffRemoved, className: "bg-red-soft text-red" },
  added: { sign: "+", label: words.diffAdded, className: "bg-green-soft text-green" },
} as const;

/** Before and after, line by line: by sign and colour, and in words for screen readers. */
export function PayloadDiff({ rows }: { rows: readonly DiffRow[] }) {
  return (
    <section aria-label={words.diff} className="grid grid-cols-1 gap-1.5">
      <h3 className="font-sans text-sm font-medium">{words.diff}</h3>
      <div
        role="region"
        aria-label={words.diffCaption}
        tabIndex={0}
        className="max-h-96 overflow-auto rounded-lg border font-mono text-[0.8rem] leading-[1.4rem]"
      >
        <ol className="w-max min-w-full py-1">
          {rows.map((row, index) =>
            row.kind === "fold" ? (
              <li key={index} className="text-ink-soft bg-sunken px-3 text-xs leading-6">
                {words.diffSame(row.count)}
              </li>
            ) : (
              <li key={index} className={cn("px-3 whitespace-pre", LOOKS[row.kind].className)}>
                <span aria-hidden className="inline-block w-5 select-none">
                  {LOOKS[row.kind].sign}
                </span>
                {LOOKS[row.kind].label && <span className="sr-only">{LOOKS[row.kind].label}: </span>}
                {row.text}
              </li>
            ),
          )}
        </ol>
      </div>
    </section>
  );
}
