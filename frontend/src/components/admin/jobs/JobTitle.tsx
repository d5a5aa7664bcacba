"use client";

import { Ban } from "lucide-react";
import Link from "next/link";
import { useState } from "react";

import { JobStatusBadge } from "@/components/admin/JobStatusBadge";
import { Button } from "@/components/ui/Button";
import { cn } from "@/lib/cn";
import { jobPath } from "@/lib/failed/letterPath";
import { strings } from "@/lib/strings";
import type { JobStatus, Journey } from "@/types/api";

import { CancelDialog } from "./CancelDialog";

const words = strings.adminJobs.job;
const CANCELLABLE: readonly JobStatus[] = ["queued", "running", "retrying", "snoozed"];

interface JobTitleProps {
  journey: Journey;
  name: string;
  status: JobStatus;
}

/** Which job of which event, how it stands, and its brothers: one event may have a job in several groups. */
export function JobTitle({ journey, name, status }: JobTitleProps) {
  const [isCancelling, setIsCancelling] = useState(false);
  return (
    <header className="grid gap-3 pb-4">
      <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-3">
        <div className="min-w-0">
          <h1 className="flex flex-wrap items-center gap-x-3 gap-y-1 text-2xl font-semibold tracking-tight">
            {name}
            <span className="font-sans text-base leading-none font-normal tracking-normal">
              <JobStatusBadge status={status} />
            </span>
          </h1>
          <p className="text-ink-soft truncate text-sm">
            {journey.type}
            {journey.user_id && ` · ${journey.user_id}`}
          </p>
        </div>
        {CANCELLABLE.includes(status) && (
          <Button variant="danger" size="sm" onClick={() => setIsCancelling(true)}>
            <Ban aria-hidden />
            {words.cancel}
          </Button>
        )}
      </div>
      {journey.jobs.length > 1 && (
        <nav aria-label={words.jobsOf}>
          <ul className="flex flex-wrap gap-2">
            {journey.jobs.map((it) => (
              <li key={it.job_type}>
                <Link
                  href={jobPath(journey.event_id, it.job_type)}
                  aria-current={it.job_type === name ? "page" : undefined}
                  className={cn(
                    "hover:bg-sunken flex items-center gap-2 rounded-full border px-3 py-1 text-sm",
                    it.job_type === name && "border-accent font-medium",
                  )}
                >
                  {it.job_type}
                  <span className="text-ink-soft text-xs">{strings.admin.status[it.status]}</span>
                </Link>
              </li>
            ))}
          </ul>
        </nav>
      )}
      <CancelDialog
        eventId={journey.event_id}
        jobType={name}
        isOpen={isCancelling}
        onOpenChange={setIsCancelling}
      />
    </header>
  );
}
