"use client";

import { useQuery } from "@tanstack/react-query";
import Link from "next/link";

import { BackLink } from "@/components/admin/BackLink";
import { Panel } from "@/components/admin/Panel";
import { EmptyState } from "@/components/ui/EmptyState";
import { ErrorState } from "@/components/ui/ErrorState";
import { LoadingRegion, Skeleton } from "@/components/ui/Skeleton";
import { adminQueries } from "@/lib/adminQueries";
import { letterPath } from "@/lib/failed/letterPath";
import { settledAttempts } from "@/lib/jobs/settledAttempts";
import { strings } from "@/lib/strings";
import type { JobDetail, Journey } from "@/types/api";

import { Attempts } from "./Attempts";
import { CausedEvents } from "./CausedEvents";
import { JobFacts } from "./JobFacts";
import { JobTitle } from "./JobTitle";
import { JourneyBars } from "./JourneyBars";
import { OperatorHistory } from "./OperatorHistory";

const words = strings.adminJobs.job;

interface JobProps {
  eventId: string;
  /** The first job of the event when it is not said. */
  jobType?: string | undefined;
}

/** What one job did and does: its attempts, its way, what it caused and what it cost. */
export function Job({ eventId, jobType }: JobProps) {
  const jobs = useQuery(adminQueries.jobsOfEvent(eventId));
  const journey = useQuery(adminQueries.journey(eventId));
  return (
    <>
      <BackLink href="/admin/jobs">{words.back}</BackLink>
      {jobs.data !== undefined && journey.data !== undefined ? (
        <JobView jobs={jobs.data} journey={journey.data} jobType={jobType} />
      ) : jobs.isError || journey.isError ? (
        <ErrorState
          error={jobs.error ?? journey.error}
          onRetry={() => {
            void jobs.refetch();
            void journey.refetch();
          }}
        />
      ) : (
        <LoadingRegion>
          <div className="grid gap-4">
            <Skeleton className="h-16" />
            <Skeleton className="h-64" />
          </div>
        </LoadingRegion>
      )}
    </>
  );
}

interface JobViewProps {
  jobs: readonly JobDetail[];
  journey: Journey;
  jobType: string | undefined;
}

function JobView({ jobs, journey, jobType }: JobViewProps) {
  const name = jobType ?? journey.jobs[0]?.job_type;
  const way = journey.jobs.find((it) => it.job_type === name);
  const job = jobs.find((it) => it.job_type === name);
  if (name === undefined || (way === undefined && job === undefined)) {
    return <EmptyState title={words.unhandled} text={journey.type} />;
  }
  return (
    <>
      <JobTitle journey={journey} name={name} status={job?.status ?? way?.status ?? "queued"} />
      {job === undefined && (
        <p role="status" className="bg-accent-soft text-accent mb-4 rounded-lg px-4 py-2.5 text-sm">
          {words.waits}
        </p>
      )}
      {job?.status === "dead" && (
        <p className="bg-red-soft text-red mb-4 flex flex-wrap gap-x-3 rounded-lg px-4 py-2.5 text-sm">
          {words.dead}
          <Link
            href={letterPath(`${job.event_id}:${job.job_type}`)}
            className="font-medium underline underline-offset-2"
          >
            {words.openLetter}
          </Link>
        </p>
      )}
      <div className="grid grid-cols-1 items-start gap-4 lg:grid-cols-[minmax(0,1fr)_22rem]">
        <div className="grid min-w-0 grid-cols-1 gap-4">
          <Panel title={words.journey}>
            <JourneyBars steps={way?.steps ?? []} />
          </Panel>
          {job !== undefined && (
            <Panel title={words.attempts}>
              <Attempts attempts={settledAttempts(job)} />
            </Panel>
          )}
          <Panel title={words.caused}>
            <CausedEvents caused={way?.caused ?? []} />
          </Panel>
        </div>
        <div className="grid min-w-0 grid-cols-1 gap-4">
          <Panel title={words.facts}>
            <JobFacts job={job} journey={journey} />
          </Panel>
          {job !== undefined && (
            <Panel title={words.history}>
              <OperatorHistory actions={job.actions} />
            </Panel>
          )}
        </div>
      </div>
    </>
  );
}
