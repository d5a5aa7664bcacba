/** Runs once as the server starts: refuse bad settings at once, end streams with the process, track errors in production. */
import type { Instrumentation } from "next";

export async function register(): Promise<void> {
  if (process.env.NEXT_RUNTIME !== "nodejs") return;
  const { settings } = await import("@/lib/server/settings");
  const dsn = settings().sentryDsn;
  const { endAllStreams } = await import("@/lib/server/streams");
  process.once("SIGTERM", endAllStreams);
  if (dsn === undefined) return;
  const sentry = await import("@sentry/nextjs");
  sentry.init({ dsn, tracesSampleRate: 0.1 });
}

export const onRequestError: Instrumentation.onRequestError = async (...failure) => {
  if (process.env.NEXT_RUNTIME !== "nodejs") return;
  const sentry = await import("@sentry/nextjs");
  sentry.captureRequestError(...failure);
};
