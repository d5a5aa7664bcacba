/** What the server does once as it starts: refuse bad settings, end streams with the process, track errors in production. */
import "server-only";

import { settings } from "./settings";
import { endAllStreams } from "./streams";

/** Throws `ConfigurationError`. */
export async function start(): Promise<void> {
  const dsn = settings().sentryDsn;
  process.once("SIGTERM", endAllStreams);
  if (dsn === undefined) return;
  const sentry = await import("@sentry/nextjs");
  sentry.init({ dsn, tracesSampleRate: 0.1 });
}
