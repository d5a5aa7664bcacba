/** Error tracking with Sentry, loaded only where a DSN is configured, after the page is usable. */

import type * as Sentry from "@sentry/nextjs";

let loading: Promise<typeof Sentry> | null = null;

/** Starts it. Everything goes through our own server (`/monitoring`): no other host is contacted. */
export function startMonitoring(dsn: string): void {
  loading ??= import("@sentry/nextjs").then((sentry) => {
    sentry.init({
      dsn,
      tunnel: "/monitoring",
      tracesSampleRate: 0.1,
      replaysSessionSampleRate: 0,
      replaysOnErrorSampleRate: 1,
      integrations: [
        sentry.browserTracingIntegration(),
        // A person's words are nobody else's: the replay shows shapes only.
        sentry.replayIntegration({
          maskAllText: true,
          maskAllInputs: true,
          blockAllMedia: true,
          // Its worker would come from a `blob:` address, which our policy refuses.
          useCompression: false,
        }),
      ],
    });
    return sentry;
  });
}

export function reportProblem(error: unknown): void {
  void loading?.then((sentry) => sentry.captureException(error));
}
