import { describe, expect, it } from "vitest";

import { formatAge, formatDuration, formatPercent, formatUsd, NOTHING } from "@/lib/adminFormat";

describe("formatPercent", () => {
  it("never rounds a failure away", () => {
    expect(formatPercent(1)).toBe("100%");
    expect(formatPercent(0.99996)).toBe("99.9%");
    expect(formatPercent(0.5)).toBe("50%");
    expect(formatPercent(0)).toBe("0%");
  });

  it("says nothing of nothing", () => {
    expect(formatPercent(null)).toBe(NOTHING);
  });
});

describe("formatDuration and formatAge", () => {
  it("use the unit that fits", () => {
    expect(formatDuration(0.0421)).toBe("42 ms");
    expect(formatDuration(1.26)).toBe("1.3 s");
    expect(formatDuration(75)).toBe("1 min 15 s");
    expect(formatAge(0)).toBe("0 s");
    expect(formatAge(3600)).toBe("1 h");
    expect(formatAge(3_725)).toBe("1 h 2 min");
    expect(formatAge(2 * 86_400 + 3 * 3600)).toBe("2 d 3 h");
    expect(formatAge(undefined)).toBe(NOTHING);
  });

  it("carry over to the next unit", () => {
    expect(formatDuration(0.9996)).toBe("1 s");
    expect(formatDuration(9.96)).toBe("10 s");
    expect(formatAge(59.7)).toBe("1 min");
  });
});

describe("formatUsd", () => {
  it("shows what one call of a model costs", () => {
    expect(formatUsd("0.00042")).toBe("$0.0004");
    expect(formatUsd("12.5")).toBe("$12.50");
    expect(formatUsd(null)).toBe(NOTHING);
  });
});
