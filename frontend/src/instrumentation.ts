/** Next calls `register` once as the server starts, and `onRequestError` for each request that failed. */
import type { Instrumentation } from "next";

export async function register(): Promise<void> {
  // Compared this way round, so that the build leaves the import out where Node's API is missing.
  if (process.env.NEXT_RUNTIME === "nodejs") {
    const { start } = await import("@/lib/server/start");
    await start();
  }
}

export const onRequestError: Instrumentation.onRequestError = async (...failure) => {
  if (process.env.NEXT_RUNTIME !== "nodejs") return;
  const sentry = await import("@sentry/nextjs");
  sentry.captureRequestError(...failure);
};
