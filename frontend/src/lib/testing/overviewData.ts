/** What the admin API answers with, for tests. */
import type { GroupLag, GroupRead, JobTypeOverview, PartitionLag } from "@/types/api";

export function jobTypeOverview(some: Partial<JobTypeOverview> = {}): JobTypeOverview {
  return {
    job_type: "quest-generation",
    queued: 0,
    running: 0,
    retrying: 0,
    snoozed: 0,
    dead: 0,
    oldest_age_seconds: 0,
    lost: 0,
    state: "working",
    breaker: "closed",
    paused: false,
    workers: 1,
    succeeded: 0,
    rejected: 0,
    expired: 0,
    cancelled: 0,
    died: 0,
    completion_rate: null,
    average_seconds: null,
    p95_seconds: null,
    retries: 0,
    tokens_in: 0,
    tokens_out: 0,
    cost: "0",
    ...some,
  };
}

export function groupRead(some: Partial<GroupRead> = {}): GroupRead {
  return {
    group: "quest-generation",
    events: ["quest.requested"],
    paused: false,
    paused_by: null,
    paused_at: null,
    reason: null,
    workers: [{ name: "worker-1", running: 1, waiting: 2, said_at: "2026-11-25T09:00:00Z" }],
    ...some,
  };
}

export function partitionLag(some: Partial<PartitionLag> = {}): PartitionLag {
  return {
    topic: "quest.requested",
    partition: 0,
    committed: 4,
    beginning: 0,
    end: 4,
    oldest_at: null,
    lag: 0,
    lost: 0,
    ...some,
  };
}

export function groupLag(some: Partial<GroupLag> = {}): GroupLag {
  return {
    job_type: "quest-generation",
    group: "quest-generation",
    state: "working",
    members: 1,
    lag: 0,
    outbox_due: 0,
    depth: 0,
    lost: 0,
    oldest_at: null,
    oldest_age_seconds: 0,
    breaker: "closed",
    partitions: [partitionLag()],
    ...some,
  };
}
