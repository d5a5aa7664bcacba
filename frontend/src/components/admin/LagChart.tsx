"use client";

import { CartesianGrid, Line, LineChart, ResponsiveContainer, Tooltip, XAxis, YAxis } from "recharts";

import { formatClock, formatDateAndClock } from "@/lib/adminFormat";
import type { LagChartData, LagRow } from "@/lib/lagChart";
import { lineLook } from "@/lib/lineLooks";

import { LineSwatch } from "./LineSwatch";

interface LagChartProps {
  data: LagChartData;
  /** Says what is seen, for those who do not see it. */
  label: string;
  windowMinutes: number;
  /** Of the axis of values; without them the chart chooses. */
  ticks?: number[] | undefined;
  format: (value: number) => string;
}

const TICK = { fill: "var(--ink-soft)", fontSize: 11 };
const DAY_MINUTES = 1440;

/** One line for each group for which something waited. The numbers stand in the table below it. */
export function LagChart({ data, label, windowMinutes, ticks, format }: LagChartProps) {
  const until = data.rows.at(-1)?.at ?? 0;
  return (
    <div role="img" aria-label={label} className="h-52">
      <ResponsiveContainer width="100%" height="100%">
        <LineChart
          data={data.rows}
          margin={{ top: 6, right: 6, bottom: 0, left: 0 }}
          accessibilityLayer={false}
        >
          <CartesianGrid vertical={false} stroke="var(--line)" />
          <XAxis
            dataKey="at"
            type="number"
            scale="time"
            domain={[until - windowMinutes * 60_000, until]}
            tickFormatter={(at: number) =>
              windowMinutes > DAY_MINUTES ? formatDateAndClock(at).slice(0, -3) : formatClock(at).slice(0, 5)
            }
            tick={TICK}
            tickLine={false}
            axisLine={{ stroke: "var(--line)" }}
            minTickGap={40}
          />
          <YAxis
            tickFormatter={(value: number) => format(value)}
            allowDecimals={false}
            ticks={ticks}
            domain={[0, ticks?.at(-1) ?? "auto"]}
            tick={TICK}
            tickLine={false}
            axisLine={false}
            width={64}
          />
          <Tooltip
            isAnimationActive={false}
            content={({ active, label: at }) => {
              const row = data.rows.find((it) => it.at === at);
              return active && row ? <Values row={row} data={data} format={format} /> : null;
            }}
          />
          {data.lines.map(({ jobType, look }) => (
            <Line
              key={jobType}
              name={jobType}
              dataKey={(row: LagRow) => row.values[jobType] ?? null}
              stroke={lineLook(look).colour}
              strokeDasharray={lineLook(look).dash}
              strokeWidth={1.75}
              dot={false}
              activeDot={{ r: 3 }}
              connectNulls={false}
              isAnimationActive={false}
            />
          ))}
        </LineChart>
      </ResponsiveContainer>
    </div>
  );
}

interface ValuesProps {
  row: LagRow;
  data: LagChartData;
  format: (value: number) => string;
}

function Values({ row, data, format }: ValuesProps) {
  const lines = data.lines
    .map((it) => ({ ...it, value: row.values[it.jobType] ?? null }))
    .filter((it) => it.value !== null && it.value > 0)
    .sort((one, other) => (other.value ?? 0) - (one.value ?? 0));
  return (
    <div className="bg-raised shadow-lift grid gap-1 rounded-md border px-3 py-2 text-xs tabular-nums">
      <p className="text-ink-soft">{formatDateAndClock(row.at)}</p>
      {lines.map((it) => (
        <p key={it.jobType} className="flex items-center gap-2">
          <LineSwatch look={it.look} />
          <span className="mr-auto">{it.jobType}</span>
          <span className="pl-4 font-medium">{format(it.value ?? 0)}</span>
        </p>
      ))}
      {lines.length === 0 && <p>{format(0)}</p>}
    </div>
  );
}
