import { expect, test } from "vitest";

import { formatEarned, formatEssence } from "../formatEssence";

test("essence is exact while that is short", () => {
  expect(formatEssence(12_345)).toBe("12,345");
  expect(formatEssence(1_234_567)).toBe("1.2M");
  expect(formatEarned(19)).toBe("+19 essence");
});
