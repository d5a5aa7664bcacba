/** Spans of time as filters keep them in the address: `last-1h` and `over-7d`, counted from the moment of the question. */
import { strings } from "@/lib/strings";

const SECONDS = { m: 60, h: 3600, d: 86_400 } as const;
const { filters } = strings.adminJobs;

export interface Span {
  kind: "last" | "over";
  seconds: number;
}

/** Undefined for what is no span: an address can be typed by hand. */
export function parseSpan(text: string | undefined): Span | undefined {
  const [, kind, count, unit] = /^(last|over)-(\d{1,4})([mhd])$/.exec(text ?? "") ?? [];
  if (kind === undefined || count === undefined || unit === undefined) return undefined;
  return { kind: kind as Span["kind"], seconds: Number(count) * SECONDS[unit as keyof typeof SECONDS] };
}

/** The moments that the span lies between, as of `now`. */
export function momentsOf(span: Span | undefined, now: number): { after?: string; before?: string } {
  if (span === undefined) return {};
  const moment = new Date(now - span.seconds * 1000).toISOString();
  return span.kind === "last" ? { after: moment } : { before: moment };
}

export const LAST_SPANS = (["15m", "1h", "1d", "7d"] as const).map((span) => ({
  value: `last-${span}`,
  label: filters.within(filters.spans[span]),
}));

export const OVER_SPANS = (["1h", "1d", "7d"] as const).map((span) => ({
  value: `over-${span}`,
  label: filters.longerAgo(filters.longSpans[span]),
}));
