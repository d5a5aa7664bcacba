"use client";

import {
  Area,
  AreaChart,
  CartesianGrid,
  ReferenceLine,
  ResponsiveContainer,
  Tooltip,
  XAxis,
  YAxis,
} from "recharts";

import { formatCalendarDay } from "@/lib/dates";
import { strings } from "@/lib/strings/app";
import type { DciDayRead } from "@/types/api";

const words = strings.person.progress;
const YELLOW_FROM = 40;
const GREEN_FROM = 70;

interface DciChartProps {
  days: readonly DciDayRead[];
  window: number;
}

/** The index day by day, with its zones as lines; the same numbers stand in a table below. */
export function DciChart({ days, window }: DciChartProps) {
  const points = days.map((it) => ({ day: it.day, value: Math.round(it.value * 100) }));
  const today = points.at(-1)?.value ?? 0;
  return (
    <figure className="grid grid-cols-1 gap-2">
      <div role="img" aria-label={words.chart(window, today)} className="h-60">
        <ResponsiveContainer width="100%" height="100%">
          <AreaChart
            data={points}
            margin={{ top: 8, right: 8, bottom: 0, left: -18 }}
            accessibilityLayer={false}
          >
            <CartesianGrid vertical={false} stroke="var(--line)" />
            <ReferenceLine y={YELLOW_FROM} stroke="var(--yellow)" strokeDasharray="3 5" />
            <ReferenceLine y={GREEN_FROM} stroke="var(--green)" strokeDasharray="3 5" />
            <XAxis
              dataKey="day"
              tickFormatter={(day: string) => day.slice(5)}
              tick={{ fill: "var(--ink-soft)", fontSize: 12 }}
              tickLine={false}
              axisLine={{ stroke: "var(--line)" }}
              minTickGap={32}
            />
            <YAxis
              domain={[0, 100]}
              ticks={[0, 40, 70, 100]}
              tick={{ fill: "var(--ink-soft)", fontSize: 12 }}
              tickLine={false}
              axisLine={false}
            />
            <Tooltip
              formatter={(value) => [String(value), words.index]}
              labelFormatter={(day) => (typeof day === "string" ? formatCalendarDay(day) : null)}
              contentStyle={{
                background: "var(--raised)",
                border: "1px solid var(--line)",
                borderRadius: 12,
              }}
            />
            <Area
              type="monotone"
              dataKey="value"
              stroke="var(--sun)"
              strokeWidth={2.5}
              fill="var(--sun)"
              fillOpacity={0.18}
              isAnimationActive={false}
            />
          </AreaChart>
        </ResponsiveContainer>
      </div>
      <details className="text-sm">
        <summary className="text-ink-soft cursor-pointer">{words.table}</summary>
        <div className="max-h-64 overflow-y-auto pt-2" tabIndex={0} role="region" aria-label={words.table}>
          <table className="w-full text-left tabular-nums">
            <thead>
              <tr className="text-ink-soft">
                <th scope="col">{words.day}</th>
                <th scope="col">{words.index}</th>
                <th scope="col">{words.zone}</th>
              </tr>
            </thead>
            <tbody>
              {days.map((it) => (
                <tr key={it.day}>
                  <td>{it.day}</td>
                  <td>{Math.round(it.value * 100)}</td>
                  <td>{strings.person.zone[it.zone].name}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </figure>
  );
}
