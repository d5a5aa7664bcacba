/** Words of the operator's console: its frame, Overview, Groups and Audit. */

export const admin = {
  title: "Operations",
  nav: {
    label: "Console",
    overview: "Overview",
    failedJobs: "Failed jobs",
    jobs: "Jobs",
    groups: "Groups",
    audit: "Audit",
    person: "Person's app",
  },
  table: {
    newest: "First page",
    next: "Next page",
    pages: (caption: string) => `Pages of ${caption}`,
    refreshing: "Updating…",
    stale: "Not updated: the last answer stays while we ask again.",
  },
  filters: { label: "Filters", clear: "Clear filters", any: "Any" },
  ago: (age: string) => `${age} ago`,
  inFuture: (age: string) => `in ${age}`,
  freshness: {
    asOf: (clock: string) => `As of ${clock}`,
    refresh: "Update now",
    old: "Not up to date",
  },
  status: {
    queued: "Queued",
    running: "Running",
    retrying: "Retrying",
    snoozed: "Snoozed",
    succeeded: "Succeeded",
    rejected: "Rejected",
    expired: "Expired",
    cancelled: "Cancelled",
    dead: "Dead",
  },
} as const;
