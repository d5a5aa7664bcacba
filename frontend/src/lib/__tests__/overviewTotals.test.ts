import { describe, expect, it } from "vitest";

import { overviewTotals } from "@/lib/overviewTotals";
import { jobTypeOverview as one } from "@/lib/testing/overviewData";

describe("overviewTotals", () => {
  it("adds the job types, and counts all that did not succeed against the rate, but for the cancelled", () => {
    const totals = overviewTotals([
      one({ succeeded: 6, died: 1, cancelled: 5, dead: 3, queued: 2, cost: "0.10", tokens_in: 10 }),
      one({ succeeded: 2, rejected: 1, queued: 1, cost: "0.05", tokens_out: 5 }),
    ]);
    expect(totals).toMatchObject({ succeeded: 8, dead: 3, queued: 3, tokens: 15, completionRate: 0.8 });
    expect(totals.cost).toBeCloseTo(0.15);
  });

  it("does not say 0 for what nobody knows", () => {
    expect(overviewTotals([one({ queued: null })])).toMatchObject({ queued: null, completionRate: null });
  });
});
