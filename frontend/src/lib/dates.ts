/** Moments as people read them, on the clock of the device. */

const DAY = new Intl.DateTimeFormat("en", { weekday: "short", day: "numeric", month: "short" });
const TIME = new Intl.DateTimeFormat("en", { hour: "numeric", minute: "2-digit" });
const CALENDAR_DAY = new Intl.DateTimeFormat("en", {
  weekday: "long",
  day: "numeric",
  month: "long",
  timeZone: "UTC",
});

export function formatTime(moment: string): string {
  return TIME.format(new Date(moment));
}

export function formatDay(moment: string): string {
  return DAY.format(new Date(moment));
}

export function formatMoment(moment: string): string {
  return `${formatDay(moment)}, ${formatTime(moment)}`;
}

/** A calendar day, `YYYY-MM-DD`, which belongs to no time zone. */
export function formatCalendarDay(day: string): string {
  return CALENDAR_DAY.format(new Date(`${day}T12:00:00Z`));
}

export type PartOfDay = "night" | "morning" | "afternoon" | "evening";

export function partOfDay(moment: Date): PartOfDay {
  const hour = moment.getHours();
  if (hour < 5) return "night";
  if (hour < 12) return "morning";
  return hour < 17 ? "afternoon" : "evening";
}
