const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;

// prettier-ignore
const STEPS = [
  1, 2, 5, 10, 15, 30, MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR,
  4 * HOUR, 6 * HOUR, 12 * HOUR, DAY,
];
const MOST = 5;

/** The ticks of an axis of seconds up to `highest`: on round minutes and hours, which tens of seconds are not. */
export function ageTicks(highest: number): number[] {
  const step = STEPS.find((it) => highest / it <= MOST) ?? Math.ceil(highest / MOST / DAY) * DAY;
  const ticks = [0];
  while ((ticks.at(-1) ?? 0) < highest) ticks.push(ticks.length * step);
  return ticks;
}
