export interface Streak {
  /** The run that is alive today: it ends with today or yesterday. */
  current: number;
  longest: number;
}

const DAY_MS = 86_400_000;

/** Runs of consecutive calendar days (`YYYY-MM-DD`, in any order, each counted once). */
export function calculateStreak(days: Iterable<string>, today: string): Streak {
  const numbers = [...new Set(days)].map(dayNumber).sort((a, b) => a - b);
  let run = 0;
  let longest = 0;
  let last: number | null = null;
  for (const number of numbers) {
    run = last !== null && number === last + 1 ? run + 1 : 1;
    longest = Math.max(longest, run);
    last = number;
  }
  const isAlive = last !== null && dayNumber(today) - last <= 1;
  return { current: isAlive ? run : 0, longest };
}

function dayNumber(day: string): number {
  // Noon, as UTC: no time zone and no change of clocks can move it to another day.
  return Math.floor(Date.parse(`${day}T12:00:00Z`) / DAY_MS);
}
