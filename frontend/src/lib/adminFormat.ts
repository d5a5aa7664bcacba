/** Numbers and times as operators read them: short, exact enough, and always with their unit. */

export const NOTHING = "–";

const COUNT = new Intl.NumberFormat("en");
const USD = new Intl.NumberFormat("en", { style: "currency", currency: "USD", maximumFractionDigits: 4 });
const CLOCK = new Intl.DateTimeFormat("en", {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hourCycle: "h23",
});
const DATE = new Intl.DateTimeFormat("en", { day: "numeric", month: "short", year: "numeric" });

type Maybe = number | null | undefined;

export function formatCount(count: Maybe): string {
  return isKnown(count) ? COUNT.format(count) : NOTHING;
}

export function formatPercent(part: Maybe): string {
  if (!isKnown(part)) return NOTHING;
  // 99.96 % is not all: what failed must not be rounded away.
  const tenths = part >= 1 ? 1000 : Math.floor(part * 1000);
  return tenths % 10 === 0 ? `${tenths / 10}%` : `${(tenths / 10).toFixed(1)}%`;
}

/** How long something took. */
export function formatDuration(seconds: Maybe): string {
  if (!isKnown(seconds)) return NOTHING;
  // Compared as they will be rounded: 999.6 ms are 1 s.
  if (seconds < 0.9995) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 9.95) return `${Number(seconds.toFixed(1))} s`;
  return formatAge(seconds);
}

/** How long something has lasted. */
export function formatAge(seconds: Maybe): string {
  if (!isKnown(seconds)) return NOTHING;
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return pair(whole, 60, "min", 1, "s");
  if (whole < 86_400) return pair(whole, 3600, "h", 60, "min");
  return pair(whole, 86_400, "d", 3600, "h");
}

/** How far something is away: the largest unit only, so that it does not tick. */
export function formatDistance(seconds: number): string {
  return formatAge(seconds).split(" ").slice(0, 2).join(" ");
}

/** Dollars, to the hundredth of a cent: one call of a model costs less than one. */
export function formatUsd(amount: number | string | null | undefined): string {
  const value = typeof amount === "string" ? Number(amount) : amount;
  return isKnown(value) && Number.isFinite(value) ? USD.format(value) : NOTHING;
}

/** On the clock of the device. */
export function formatClock(moment: string | number | Date): string {
  return CLOCK.format(new Date(moment));
}

export function formatDateAndClock(moment: string | number | Date): string {
  return `${DATE.format(new Date(moment))}, ${formatClock(moment)}`;
}

function pair(whole: number, large: number, largeUnit: string, small: number, smallUnit: string): string {
  const rest = Math.floor((whole % large) / small);
  const first = `${Math.floor(whole / large)} ${largeUnit}`;
  return rest === 0 ? first : `${first} ${rest} ${smallUnit}`;
}

function isKnown(value: Maybe): value is number {
  return value !== null && value !== undefined;
}
