import { describe, expect, it } from "vitest";

import { pause } from "@/lib/adminQueries/polling";

function after(failingForMs: number) {
  return { state: { status: "error", dataUpdatedAt: 1_000_000, errorUpdatedAt: 1_000_000 + failingForMs } };
}

describe("pause", () => {
  it("is the usual one while the API answers, whatever failed before", () => {
    expect(pause(5_000, { state: { status: "success", dataUpdatedAt: 9, errorUpdatedAt: 2 } })).toBe(5_000);
  });

  it("grows with the time that nobody has answered, up to a minute", () => {
    expect(pause(5_000, after(2_000))).toBe(5_000);
    expect(pause(5_000, after(20_000))).toBe(20_000);
    expect(pause(5_000, after(40_000))).toBe(40_000);
    expect(pause(5_000, after(3_600_000))).toBe(60_000);
  });
});
