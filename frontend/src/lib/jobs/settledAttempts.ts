/** Every settled delivery of a job. One that ended at the first attempt has no rows of its own: the job's row tells. */
import type { JobDetail, SchemasJobAdminAttemptRead } from "@/types/api";

export function settledAttempts(job: JobDetail): SchemasJobAdminAttemptRead[] {
  const isToldApart = job.attempts.some((it) => it.delivery === job.delivery);
  // Cancelled before its turn: no worker had it.
  const hasRun = job.attempt > 0 && job.status !== "cancelled";
  if (isToldApart || !hasRun) return job.attempts;
  // A retry by an operator that is on its way has no outcome yet.
  if (job.status === "retrying" || job.status === "snoozed") return job.attempts;
  const { delivery, life, attempt, status, error_type, error_message } = job;
  const { published_at, polled_at, started_at, returned_at, finished_at } = job;
  return [
    ...job.attempts,
    {
      delivery,
      life,
      attempt,
      outcome: status,
      worker: null,
      error_type,
      error_message,
      error_stacktrace: null,
      published_at,
      polled_at,
      started_at,
      returned_at,
      finished_at,
    },
  ];
}
