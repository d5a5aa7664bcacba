/** Words about alerts. What to do says in short what `docs/operations.md` says under the rule's name. */

const TOO_MUCH_WAITS = [
  "Open the group: without workers, start some; when its breaker is open or it is paused, deal with that first.",
  "When all partitions grow, add workers, as many as there are partitions at most.",
  "When one partition grows, one person's events are slow or one worker is stuck: read its log, and restart it.",
  "Look at the durations in the table: a slow language model is the usual reason.",
];

export const alerts = {
  title: "Alerts",
  firing: (count: number) => (count === 1 ? "one alert fires" : `${count} alerts fire`),
  none: "No alert is firing.",
  severity: { critical: "Critical", warning: "Warning" },
  since: "since",
  over: "over",
  lasted: (age: string) => `lasted ${age}`,
  resolved: (count: number) => (count === 1 ? "One was resolved lately" : `${count} were resolved lately`),
  whatToDo: "What to do",
  more: (rule: string) => `More in docs/operations.md, “${rule}”.`,
  toFailedJobs: "Look at the failed jobs",
  toGroup: "Look at the group",
  advice: {
    "queue-depth": TOO_MUCH_WAITS,
    "job-age": [
      ...TOO_MUCH_WAITS,
      "When follow-up events or retries wait only, the relay may not publish: is it running, and ready at /readyz?",
    ],
    "dead-letters-growing": [
      "Open the failed jobs by group of alike failures, and read the error.",
      "Mend the cause first: a retry before that spends tokens and dies again.",
      "Retry one as a canary, then the rest.",
    ],
    "critical-failure": [
      "A person waits for something that will not come by itself: look at it now.",
      "Read the error, mend its cause, then retry the job, edit its payload or discard it with a reason.",
      "The alert is over when somebody has dealt with all of them.",
    ],
    "breaker-open": [
      "Nearly everything failed, so the workers have stopped trying. Events wait in Kafka and spend no attempts.",
      "Find what fails in the worker's log (job.retry_scheduled): most often the provider of the language model is away, or its key is wrong.",
      "The breaker probes by itself, and closes when one job succeeds. There is nothing to reset.",
    ],
    "ledger-unaccounted": [
      "This must not happen. Run “delight audit”: it names the events.",
      "Keep the topics (raise retention.ms), the database and the logs.",
      "Find out why before anything else.",
    ],
    "relay-stalled": [
      "Follow-up events and retries do not reach Kafka. Is a relay running, and ready at /readyz?",
      "Its log says relay.waits_for_infrastructure when Kafka or PostgreSQL is away.",
      "It says relay.rows_refused when Kafka refuses a row for good: too large, or its topic is missing (“delight topics apply”).",
    ],
    "records-lost": [
      "Raise retention.ms of the topic at once, so that no more are lost.",
      "Start workers: the group goes on with the oldest record that is left.",
      "What was lost can only be published again by who published it.",
    ],
  },
} as const;
