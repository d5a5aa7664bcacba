/** What the API says in tests of the console, as little as a test has to know. */
import type {
  DeadLetterDetail,
  DeadLetterRead,
  FailureGroup,
  JobDetail,
  RetryPlan,
  RetryRunRead,
} from "@/types/api";

const AT = "2026-06-01T12:00:00Z";
const EVENT = "01a2120e-1374-73f6-9b76-7d0c2b087f6f";

export function aLetter(changes: Partial<DeadLetterRead> = {}): DeadLetterRead {
  const job_type = changes.job_type ?? "quest-generation";
  return {
    id: `${EVENT}:${job_type}`,
    event_id: EVENT,
    job_type,
    event_type: "quest.requested",
    user_id: "ada",
    request_id: null,
    status: "dead",
    reason: "exhausted",
    error: { type: "agents.ModelTimeout", message: "No answer in 30 s" },
    fingerprint: "0da35732b18d05f7",
    life: 1,
    attempts: 4,
    accepted_at: AT,
    died_at: AT,
    tokens: 1200,
    ...changes,
  };
}

export function aLetterInFull(changes: Partial<DeadLetterDetail> = {}): DeadLetterDetail {
  return {
    ...aLetter(),
    obstacle: null,
    topic: "quest.requested",
    partition: 2,
    offset: 17,
    key: "ada",
    headers: [["ce_type", "quest.requested"]],
    data: { user_id: "ada", count: 9 },
    value: '{"user_id": "ada", "count": 9}',
    stacktrace: "Traceback (most recent call last):\n  ModelTimeout",
    attempts_made: [],
    actions: [],
    ...changes,
  };
}

export function aGroup(changes: Partial<FailureGroup> = {}): FailureGroup {
  return {
    fingerprint: "0da35732b18d05f7",
    job_type: "quest-generation",
    error_type: "agents.ModelTimeout",
    count: 3,
    people: 2,
    first_seen_at: AT,
    last_seen_at: AT,
    sample_id: aLetter().id,
    sample_message: "No answer in 30 s",
    ...changes,
  };
}

export function aPlan(changes: Partial<RetryPlan> = {}): RetryPlan {
  return {
    filter: {},
    letters: 500,
    skipped: 0,
    hopeless: 0,
    people: 120,
    oldest_died_at: AT,
    newest_died_at: AT,
    oldest_age_seconds: 7200,
    estimated_tokens: 600_000,
    estimated_usd: 1.25,
    job_types: [],
    ...changes,
  };
}

export function aRun(changes: Partial<RetryRunRead> = {}): RetryRunRead {
  return {
    id: "01a2120e-0000-7000-8000-000000000001",
    operator: "grace",
    state: "running",
    filter: {},
    rate: 10,
    canary: 1,
    planned: 500,
    retried: 100,
    skipped: 5,
    created_at: AT,
    finished_at: null,
    jobs: { succeeded: 80, retrying: 15, dead: 4, cancelled: 1 },
    ...changes,
  };
}

export function aJob(changes: Partial<JobDetail> = {}): JobDetail {
  return {
    event_id: EVENT,
    job_type: "quest-generation",
    status: "succeeded",
    user_id: "ada",
    event_type: "quest.requested",
    attempt: 1,
    accepted_at: AT,
    started_at: AT,
    finished_at: "2026-06-01T12:00:02Z",
    error_type: null,
    error_message: null,
    tokens_in: 900,
    tokens_out: 300,
    cost: "0.0012",
    life: 1,
    delivery: 1,
    request_id: null,
    trace_id: null,
    published_at: AT,
    polled_at: AT,
    returned_at: AT,
    next_attempt_at: null,
    model: "offline",
    effects: [],
    attempts: [],
    actions: [],
    ...changes,
  };
}

/** The schema of quest.requested, in short. */
export const QUEST_SCHEMA = {
  properties: {
    user_id: { type: "string", minLength: 1 },
    count: { type: "integer", minimum: 3, maximum: 5, default: 3 },
  },
  required: ["user_id"],
  type: "object",
};
