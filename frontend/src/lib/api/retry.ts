/** How often and when a request is tried again: exponential back-off, with jitter, never sooner than the server asks. */
import { ApiError, isTransient } from "./errors";

const FIRST_MS = 500;
const LONGEST_MS = 30_000;
export const MAX_RETRIES = 5;

export function shouldRetry(failures: number, error: unknown): boolean {
  return failures < MAX_RETRIES && isTransient(error);
}

/** The pause before try `failures + 1`, `failures` counted from zero. */
export function retryDelay(failures: number, error?: unknown, random: () => number = Math.random): number {
  const full = Math.min(LONGEST_MS, FIRST_MS * 2 ** failures);
  const asked = error instanceof ApiError ? (error.retryAfterMs ?? 0) : 0;
  return Math.max(asked, full * (0.5 + random() / 2));
}
