import type { JobTypeOverview } from "@/types/api";

export interface OverviewTotals {
  /** Null when no monitor measures. */
  queued: number | null;
  running: number;
  retrying: number;
  dead: number;
  succeeded: number;
  completionRate: number | null;
  tokens: number;
  cost: number;
}

/** The whole system, from its job types. The rate counts what the API's rate of one job type counts. */
export function overviewTotals(jobTypes: readonly JobTypeOverview[]): OverviewTotals {
  const sum = (of: (one: JobTypeOverview) => number) => jobTypes.reduce((total, one) => total + of(one), 0);
  const succeeded = sum((it) => it.succeeded);
  const final = succeeded + sum((it) => it.rejected + it.expired + it.died);
  return {
    queued: jobTypes.every((it) => it.queued === null) ? null : sum((it) => it.queued ?? 0),
    running: sum((it) => it.running),
    retrying: sum((it) => it.retrying),
    dead: sum((it) => it.dead),
    succeeded,
    completionRate: final === 0 ? null : succeeded / final,
    tokens: sum((it) => it.tokens_in + it.tokens_out),
    cost: sum((it) => Number(it.cost)),
  };
}
