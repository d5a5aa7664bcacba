/** The console has no stream: it asks again, and less often while nobody answers. */

const LONGEST_MS = 60_000;

interface Asked {
  state: { status: string; dataUpdatedAt: number; errorUpdatedAt: number };
}

/** Options of a query that is asked again every `everyMs`, while its tab is looked at. */
export function polled(everyMs: number) {
  return {
    refetchInterval: (query: Asked): number => pause(everyMs, query),
    // What is on the screen is asked for again at once when somebody comes back to it.
    refetchOnWindowFocus: "always" as const,
  };
}

/** After a failure (each comes after retries of its own) as long as it has been failing already: that doubles. */
export function pause(everyMs: number, { state }: Asked): number {
  if (state.status !== "error") return everyMs;
  return Math.min(LONGEST_MS, Math.max(everyMs, state.errorUpdatedAt - state.dataUpdatedAt));
}
