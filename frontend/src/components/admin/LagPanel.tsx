"use client";

import dynamic from "next/dynamic";

import { ErrorState } from "@/components/ui/ErrorState";
import { LoadingRegion, Skeleton } from "@/components/ui/Skeleton";
import { NOTHING } from "@/lib/adminFormat";
import { ageTicks } from "@/lib/ageTicks";
import { lagChart, type LagMeasure } from "@/lib/lagChart";
import { strings } from "@/lib/strings";
import type { WindowMinutes } from "@/lib/windows";
import type { LagHistory } from "@/types/api";

import { LineSwatch } from "./LineSwatch";
import { Moment } from "./Moment";
import { Panel } from "./Panel";

// The chart's library is large: the rest of the page does not wait for it.
const LagChart = dynamic(() => import("./LagChart").then((module) => module.LagChart), {
  ssr: false,
  loading: () => <Skeleton className="h-52" />,
});

interface LagPanelProps {
  title: string;
  measure: LagMeasure;
  history: { data: LagHistory | undefined; error: unknown; refetch: () => Promise<unknown> };
  windowMinutes: WindowMinutes;
  format: (value: number) => string;
}

const words = strings.admin.overview.charts;

/** One measure of every group over time: a chart, and the same in numbers. */
export function LagPanel({ title, measure, history, windowMinutes, format }: LagPanelProps) {
  return (
    <Panel title={title}>
      {history.data !== undefined ? (
        <Lines
          title={title}
          history={history.data}
          measure={measure}
          windowMinutes={windowMinutes}
          format={format}
        />
      ) : history.error !== null ? (
        <ErrorState error={history.error} onRetry={() => void history.refetch()} />
      ) : (
        <LoadingRegion>
          <Skeleton className="h-52" />
        </LoadingRegion>
      )}
    </Panel>
  );
}

interface LinesProps extends Omit<LagPanelProps, "history"> {
  history: LagHistory;
}

function Lines({ title, history, measure, windowMinutes, format }: LinesProps) {
  const data = lagChart(history, measure);
  if (data.rows.length === 0) return <p className="text-ink-soft">{words.unmeasured}</p>;
  if (data.lines.length === 0) return <p className="text-ink-soft">{words.nothing}</p>;
  return (
    <figure className="grid gap-3">
      <LagChart
        data={data}
        ticks={measure === "oldest_age_seconds" ? ageTicks(data.lines[0]?.peak ?? 0) : undefined}
        windowMinutes={windowMinutes}
        format={format}
        label={words.label(
          title,
          data.lines.slice(0, 3).map((it) => words.peakOf(it.jobType, format(it.peak))),
        )}
      />
      <table className="w-full text-left text-sm tabular-nums">
        <caption className="sr-only">{title}</caption>
        <thead className="text-ink-soft text-xs">
          <tr>
            <th scope="col" className="py-1 font-medium">
              {strings.admin.group}
            </th>
            <th scope="col" className="py-1 pl-3 text-right font-medium">
              {words.latest}
            </th>
            <th scope="col" className="py-1 pl-3 text-right font-medium">
              {words.peak}
            </th>
            <th scope="col" className="py-1 pl-3 text-right font-medium max-sm:hidden">
              {words.peakAt}
            </th>
          </tr>
        </thead>
        <tbody>
          {data.lines.map((it) => (
            <tr key={it.jobType}>
              <th scope="row" className="py-0.5 font-normal">
                <span className="flex items-center gap-2">
                  <LineSwatch look={it.look} />
                  {it.jobType}
                </span>
              </th>
              <td className="py-0.5 pl-3 text-right whitespace-nowrap">
                {it.latest === null ? NOTHING : format(it.latest)}
              </td>
              <td className="py-0.5 pl-3 text-right whitespace-nowrap">{format(it.peak)}</td>
              <td className="text-ink-soft py-0.5 pl-3 text-right max-sm:hidden">
                <Moment at={it.peakAt} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {data.quiet.length > 0 && (
        <figcaption className="text-ink-soft text-xs">{words.quiet(data.quiet.length)}</figcaption>
      )}
    </figure>
  );
}
