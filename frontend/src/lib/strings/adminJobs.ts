/** Words of the console's pages about jobs, and all that those about dead letters share with them. */
import type { StepKind } from "@/types/api";

import * as failedWords from "./adminFailed";
import { payload } from "./payload";

const filters = {
  jobType: "Job type",
  error: "Error contains",
  errorPlaceholder: "Timeout, 503, quota…",
  person: "Person",
  personPlaceholder: "Their id",
  age: "Died",
  settled: "Settled",
  status: "Status",
  failure: "Kind of failure",
  onlyFailure: (fingerprint: string) => `Only failure ${fingerprint}`,
  removeFailure: "Show every kind of failure",
  within: (span: string) => `Within the last ${span}`,
  longerAgo: (span: string) => `More than ${span} ago`,
  spans: { "15m": "15 minutes", "1h": "hour", "1d": "day", "7d": "week" },
  longSpans: { "1h": "an hour", "1d": "a day", "7d": "a week" },
} as const;

const attempts = {
  caption: "Attempts of the job",
  attempt: "Attempt",
  outcome: "Outcome",
  took: "Took",
  when: "Ended",
  worker: "Worker",
  error: "Error",
  life: (life: number) => `Life ${life}`,
  number: (attempt: number) => `Attempt ${attempt}`,
  trace: "Stack trace",
  none: "No attempt was settled.",
  snoozed: "put off",
} as const;

const actions: Record<string, string> = {
  "dead_letter.retry": "retried it",
  "dead_letters.retry": "retried it together with others",
  "dead_letter.edit": "edited its payload",
  "dead_letter.discard": "gave it up",
  "job.cancel": "cancelled it",
};

const jobs = {
  title: "Jobs",
  lead: "The last settled first. What still waits in Kafka is in the lag of its group.",
  find: "Find by event id",
  findGo: "Open",
  findWrong: "That is no event id: it is a UUID of 36 characters.",
  table: {
    caption: "Jobs",
    job: "Job",
    status: "Status",
    error: "Error",
    person: "Person",
    attempt: "Attempt",
    took: "Took",
    settled: "Settled",
    tokens: "Tokens",
    cost: "Cost",
    emptyTitle: "No job has been settled yet.",
    noneTitle: "No job matches these filters.",
    noneText: "Widen the time, or clear the filters.",
  },
} as const;

const job = {
  title: "Job",
  back: "Jobs",
  jobsOf: "Jobs of this event",
  unhandled: "No group handles this event.",
  waits: "No worker has settled it yet: it waits in Kafka, or runs right now.",
  cancel: "Cancel job…",
  cancelTitle: "Cancel this job?",
  cancelText:
    "It is not tried again, and nothing that a running attempt returns is saved. This cannot be undone.",
  cancelConfirm: "Cancel the job",
  cancelKeep: "Let it go on",
  cancelled: (type: string) => `${type} is cancelled.`,
  dead: "It is dead. Edit, retry or discard it there.",
  openLetter: "Open the dead letter",
  facts: "Facts",
  fact: {
    event: "Event",
    type: "Event type",
    person: "Person",
    attempt: "Attempt",
    life: "Life",
    accepted: "Accepted",
    settled: "Settled",
    due: "Next attempt",
    model: "Model",
    tokens: "Tokens",
    tokensOf: (read: string, written: string) => `${read} read, ${written} written`,
    cost: "Cost",
    request: "Request",
    trace: "Trace",
  },
  attempts: "Attempts",
  caused: "Events that it caused",
  noneCaused: "It caused no events.",
  noJobs: "no group handles it",
  journey: "The way the event took",
  journeyTotal: (duration: string) => `${duration} in all`,
  journeyScale: "Long waits are drawn shorter",
  journeyNone: "Nothing is known of its way any more.",
  stepOf: (what: string, duration: string) => `${what}: ${duration}`,
  history: "What operators did",
  kinds: {
    published: "To Kafka",
    polled: "In Kafka",
    started: "In the worker",
    attempt: "Agent",
    settled: "Settlement",
    notified: "To the person",
    operator: "Operator",
    waiting: "Waits",
  } satisfies Record<StepKind, string>,
} as const;

export const adminJobs = { ...failedWords, filters, attempts, actions, jobs, job, payload } as const;
