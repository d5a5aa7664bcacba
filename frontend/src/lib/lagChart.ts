/** The history of the lag as lines of a chart. */
import type { LagHistory, LagPoint, LagSeries } from "@/types/api";

export type LagMeasure = "depth" | "oldest_age_seconds";

export interface LagLine {
  jobType: string;
  peak: number;
  peakAt: string;
  /** At the end of the history; null when nobody measured then. */
  latest: number | null;
  /** Which look it has: the same in every chart, whatever else is shown. */
  look: number;
}

export interface LagRow {
  /** Milliseconds since the epoch. */
  at: number;
  /** Null where nobody measured: the line has a gap there, and no guess. */
  values: Record<string, number | null>;
}

export interface LagChartData {
  /** The job types for which something waited, the highest peak first. */
  lines: LagLine[];
  /** Those for which nothing did. */
  quiet: string[];
  rows: LagRow[];
}

export function lagChart(history: LagHistory, measure: LagMeasure): LagChartData {
  const names = history.series.map((it) => it.job_type).sort();
  const all = history.series.map((series) => lineOf(series, measure, names.indexOf(series.job_type)));
  const lines = all
    .filter((it) => it.peak > 0)
    .sort((one, other) => other.peak - one.peak || one.look - other.look);
  const shown = new Set(lines.map((it) => it.jobType));
  return {
    lines,
    quiet: names.filter((it) => !shown.has(it)),
    rows: rowsOf(history, measure, shown),
  };
}

function lineOf({ job_type, points }: LagSeries, measure: LagMeasure, look: number): LagLine {
  const worst = points.reduce<LagPoint | undefined>(
    (found, it) => (found === undefined || it[measure] > found[measure] ? it : found),
    undefined,
  );
  return {
    jobType: job_type,
    peak: worst?.[measure] ?? 0,
    peakAt: worst?.at ?? "",
    latest: points.at(-1)?.[measure] ?? null,
    look,
  };
}

/** Every step from the first to the last, also those in which nobody looked. */
function rowsOf(history: LagHistory, measure: LagMeasure, shown: ReadonlySet<string>): LagRow[] {
  const values = new Map<number, Record<string, number>>();
  for (const { job_type, points } of history.series) {
    for (const point of points) {
      const at = Date.parse(point.at);
      const row = values.get(at) ?? {};
      if (shown.has(job_type)) row[job_type] = point[measure];
      values.set(at, row);
    }
  }
  if (values.size === 0) return [];
  const moments = [...values.keys()];
  const last = Math.max(...moments);
  const rows: LagRow[] = [];
  for (let at = Math.min(...moments); at <= last; at += history.step_seconds * 1000) {
    const measured = values.get(at);
    rows.push({ at, values: Object.fromEntries([...shown].map((it) => [it, measured?.[it] ?? null])) });
  }
  return rows;
}
