/**
 * Where the steps of a journey stand on a line from 0 to 1. A step of milliseconds and a wait of hours are both to be
 * seen, so the line is no even one: each stretch between two neighbouring moments is as long as the logarithm of its
 * duration. What is later stays further right, and what was at the same time stays so.
 */
import type { JourneyStep } from "@/types/api";

export interface PlacedStep {
  step: JourneyStep;
  from: number;
  to: number;
}

export function placeSteps(steps: readonly JourneyStep[]): PlacedStep[] {
  const moments = [
    ...new Set(steps.flatMap((it) => [Date.parse(it.began_at), Date.parse(it.ended_at)])),
  ].sort((one, other) => one - other);
  const places = new Map<number, number>();
  let length = 0;
  moments.forEach((moment, index) => {
    const before = moments[index - 1];
    if (before !== undefined) length += Math.log2(2 + (moment - before));
    places.set(moment, length);
  });
  const placeOf = (moment: string) => (length === 0 ? 0 : (places.get(Date.parse(moment)) ?? 0) / length);
  return steps.map((step) => ({ step, from: placeOf(step.began_at), to: placeOf(step.ended_at) }));
}

/** From the first moment to the last, in seconds. */
export function spanOf(steps: readonly JourneyStep[]): number {
  if (steps.length === 0) return 0;
  const began = Math.min(...steps.map((it) => Date.parse(it.began_at)));
  const ended = Math.max(...steps.map((it) => Date.parse(it.ended_at)));
  return (ended - began) / 1000;
}
