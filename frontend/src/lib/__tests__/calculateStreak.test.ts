import { expect, test } from "vitest";

import { calculateStreak } from "../calculateStreak";

test("a run is alive through the day after its last day", () => {
  const days = ["2026-03-28", "2026-03-30", "2026-03-29", "2026-03-29"];
  expect(calculateStreak(days, "2026-03-30")).toEqual({ current: 3, longest: 3 });
  expect(calculateStreak(days, "2026-03-31")).toEqual({ current: 3, longest: 3 });
  expect(calculateStreak(days, "2026-04-01")).toEqual({ current: 0, longest: 3 });
});

test("no days are no streak", () => {
  expect(calculateStreak([], "2026-03-30")).toEqual({ current: 0, longest: 0 });
});
