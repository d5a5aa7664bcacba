import { formatCount } from "@/lib/adminFormat";
import { cn } from "@/lib/cn";
import type { RunTally } from "@/lib/failed/runTally";
import { strings } from "@/lib/strings";

const words = strings.adminJobs.run;

/** One bar of all planned letters, by what became of them; the numbers stand below it in words. */
export function RunBar({ tally }: { tally: RunTally }) {
  const parts = [
    { label: words.succeeded, count: tally.succeeded, colour: "bg-green" },
    { label: words.pending, count: tally.pending, colour: "bg-sun" },
    { label: words.diedAgain, count: tally.diedAgain, colour: "bg-red" },
    { label: words.otherwise, count: tally.otherwise, colour: "bg-line-strong" },
    { label: words.leftOut, count: tally.skipped, colour: "bg-line" },
    { label: words.notSent, count: tally.waiting, colour: "bg-sunken" },
  ].filter(({ count }) => count > 0);
  const sent = tally.planned - tally.waiting;
  return (
    <div className="grid gap-2">
      <div
        role="progressbar"
        aria-label={words.progress}
        aria-valuemin={0}
        aria-valuemax={tally.planned}
        aria-valuenow={sent}
        aria-valuetext={words.of(sent, tally.planned)}
        className="bg-sunken flex h-2.5 gap-px overflow-hidden rounded-full"
      >
        {parts.map(({ label, count, colour }) => (
          <span
            key={label}
            className={cn("h-full transition-[width] duration-500", colour)}
            style={{ width: `${(count / Math.max(1, tally.planned)) * 100}%` }}
          />
        ))}
      </div>
      <ul className="flex flex-wrap gap-x-4 gap-y-1 text-sm">
        {parts.map(({ label, count, colour }) => (
          <li key={label} className="flex items-center gap-1.5">
            <span aria-hidden className={cn("border-line-strong size-2.5 rounded-full border", colour)} />
            <span className="font-medium tabular-nums">{formatCount(count)}</span>
            <span className="text-ink-soft">{label}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
