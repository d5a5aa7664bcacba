import { expect, test } from "vitest";

import type { JourneyStep } from "@/types/api";

import { placeSteps, spanOf } from "../placeSteps";

function step(from: number, to: number): JourneyStep {
  const at = (ms: number) => new Date(1_800_000_000_000 + ms).toISOString();
  return { kind: "attempt", what: "x", began_at: at(from), ended_at: at(to), seconds: (to - from) / 1000 };
}

test("an hour of waiting leaves the milliseconds around it wide enough to be seen", () => {
  const [quick, wait, after] = placeSteps([step(0, 5), step(5, 3_600_000), step(3_600_000, 3_600_040)]);
  expect(quick?.from).toBe(0);
  expect((quick?.to ?? 0) - (quick?.from ?? 0)).toBeGreaterThan(0.05);
  expect((wait?.to ?? 0) - (wait?.from ?? 0)).toBeGreaterThan((after?.to ?? 0) - (after?.from ?? 0));
  expect(after?.from).toBe(wait?.to);
  expect(after?.to).toBe(1);
});

test("what happened at the same time stands at the same place", () => {
  const [one, other, moment] = placeSteps([step(0, 100), step(0, 100), step(50, 50)]);
  expect(one?.to).toBe(other?.to);
  expect(moment?.from).toBe(moment?.to);
  expect(placeSteps([step(7, 7)])).toMatchObject([{ from: 0, to: 0 }]);
});

test("the whole way lasts from the first moment to the last", () => {
  expect(spanOf([step(0, 500), step(400, 2_000)])).toBe(2);
  expect(spanOf([])).toBe(0);
});
