import { CornerDownRight } from "lucide-react";
import Link from "next/link";

import { JobStatusBadge } from "@/components/admin/JobStatusBadge";
import { formatDuration } from "@/lib/adminFormat";
import { jobPath } from "@/lib/failed/letterPath";
import { spanOf } from "@/lib/journey/placeSteps";
import { strings } from "@/lib/strings";
import type { Journey } from "@/types/api";

const words = strings.adminJobs.job;

/** The events that a job caused, what became of them, and what they caused in turn. */
export function CausedEvents({ caused }: { caused: readonly Journey[] }) {
  if (caused.length === 0) return <p className="text-ink-soft text-sm">{words.noneCaused}</p>;
  return (
    <ul className="grid gap-2 text-sm">
      {caused.map((event) => (
        <li key={event.event_id}>
          <Link
            href={jobPath(event.event_id)}
            className="text-accent font-medium underline-offset-2 hover:underline"
          >
            {event.type}
          </Link>
          {event.jobs.length === 0 && <span className="text-ink-soft"> · {words.noJobs}</span>}
          {event.jobs.map((job) => (
            <div key={job.job_type} className="pl-1">
              <p className="flex flex-wrap items-center gap-x-2 gap-y-1 pt-1">
                <CornerDownRight aria-hidden className="text-ink-soft size-3.5" />
                <Link
                  href={jobPath(event.event_id, job.job_type)}
                  className="underline-offset-2 hover:underline"
                >
                  {job.job_type}
                </Link>
                <JobStatusBadge status={job.status} />
                <span className="text-ink-soft tabular-nums">{formatDuration(spanOf(job.steps))}</span>
              </p>
              {job.caused.length > 0 && (
                <div className="ml-1.5 border-l py-1 pl-4">
                  <CausedEvents caused={job.caused} />
                </div>
              )}
            </div>
          ))}
        </li>
      ))}
    </ul>
  );
}
