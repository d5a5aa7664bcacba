import { formatCount, formatPercent, formatUsd } from "@/lib/adminFormat";
import { cn } from "@/lib/cn";
import { overviewTotals } from "@/lib/overviewTotals";
import { strings } from "@/lib/strings";
import type { JobTypeOverview } from "@/types/api";

interface OverviewFiguresProps {
  jobTypes: readonly JobTypeOverview[];
  /** "the last hour" */
  windowName: string;
}

const words = strings.admin.overview.figures;

/** The whole system in seven numbers. */
export function OverviewFigures({ jobTypes, windowName }: OverviewFiguresProps) {
  const totals = overviewTotals(jobTypes);
  const figures = [
    { name: words.queued, value: formatCount(totals.queued), note: words.now },
    { name: words.running, value: formatCount(totals.running), note: words.now },
    { name: words.retrying, value: formatCount(totals.retrying), note: words.now },
    { name: words.dead, value: formatCount(totals.dead), note: words.now, isBad: totals.dead > 0 },
    { name: words.succeeded, value: formatCount(totals.succeeded), note: windowName },
    { name: words.completion, value: formatPercent(totals.completionRate), note: windowName },
    {
      name: words.cost,
      value: formatUsd(totals.cost),
      note: words.tokens(formatCount(totals.tokens)),
    },
  ];
  return (
    <dl className="bg-line grid grid-cols-2 gap-px overflow-hidden rounded-lg border sm:grid-cols-4 xl:grid-cols-7">
      {figures.map(({ name, value, note, isBad = false }) => (
        <div
          key={name}
          className="bg-card px-4 py-3 last:col-span-full sm:last:col-span-2 xl:last:col-span-1"
        >
          <dt className="text-ink-soft text-xs">{name}</dt>
          <dd className={cn("text-2xl font-semibold tracking-tight tabular-nums", isBad && "text-red")}>
            {value}
          </dd>
          <dd className="text-ink-soft text-xs">{note}</dd>
        </div>
      ))}
    </dl>
  );
}
