import { describe, expect, it } from "vitest";

import { ageTicks } from "@/lib/ageTicks";
import { lagChart } from "@/lib/lagChart";
import type { LagHistory, LagPoint } from "@/types/api";

function point(at: string, depth: number, age = 0): LagPoint {
  return { at: `2026-11-25T${at}Z`, lag: depth, depth, oldest_age_seconds: age, members: 1 };
}

const HISTORY: LagHistory = {
  step_seconds: 60,
  series: [
    { job_type: "quest-generation", points: [point("09:00:00", 1), point("09:03:00", 4)] },
    { job_type: "companion-reply", points: [point("09:00:00", 9, 30), point("09:01:00", 0)] },
    { job_type: "nudge-delivery", points: [point("09:00:00", 0), point("09:03:00", 0)] },
  ],
};

describe("lagChart", () => {
  it("draws those for which something waited, the highest peak first, and names the others", () => {
    const { lines, quiet } = lagChart(HISTORY, "depth");
    expect(lines.map((it) => it.jobType)).toEqual(["companion-reply", "quest-generation"]);
    expect(lines[0]).toMatchObject({ peak: 9, peakAt: "2026-11-25T09:00:00Z", latest: 0 });
    expect(quiet).toEqual(["nudge-delivery"]);
  });

  it("keeps the look of a group, whichever measure is drawn", () => {
    const look = (measure: "depth" | "oldest_age_seconds") =>
      lagChart(HISTORY, measure).lines.find((it) => it.jobType === "companion-reply")?.look;
    expect(look("depth")).toBe(look("oldest_age_seconds"));
  });

  it("has a gap, and no guess, where nobody measured", () => {
    const { rows } = lagChart(HISTORY, "depth");
    expect(rows.map((it) => new Date(it.at).toISOString().slice(11, 16))).toEqual([
      "09:00",
      "09:01",
      "09:02",
      "09:03",
    ]);
    expect(rows.map((it) => it.values["quest-generation"])).toEqual([1, null, null, 4]);
  });

  it("is empty without measurements", () => {
    expect(lagChart({ step_seconds: 60, series: [] }, "depth")).toEqual({ lines: [], quiet: [], rows: [] });
  });
});

describe("ageTicks", () => {
  it("stands on round seconds, minutes and hours, and reaches the highest", () => {
    expect(ageTicks(4)).toEqual([0, 1, 2, 3, 4]);
    expect(ageTicks(780)).toEqual([0, 300, 600, 900]);
    expect(ageTicks(3 * 3600)).toEqual([0, 3600, 7200, 10_800]);
    expect(ageTicks(0)).toEqual([0]);
  });

  it("does not run out of steps", () => {
    const ticks = ageTicks(40 * 86_400);
    expect(ticks.length).toBeLessThanOrEqual(7);
    expect(ticks.at(-1)).toBeGreaterThanOrEqual(40 * 86_400);
  });
});
