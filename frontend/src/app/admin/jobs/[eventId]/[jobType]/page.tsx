import { HydrationBoundary } from "@tanstack/react-query";
import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { z } from "zod";

import { Job } from "@/components/admin/jobs/Job";
import { prefetchAdmin } from "@/lib/server/prefetchAdmin";
import { requireOperator } from "@/lib/server/requireSession";
import { strings } from "@/lib/strings";

export const metadata: Metadata = { title: strings.adminJobs.job.title };

/** Without a job type, the first job of the event. */
type Params = Promise<{ eventId: string; jobType?: string }>;

export default async function JobPage({ params }: { params: Params }) {
  const { eventId, jobType } = await params;
  if (!z.uuid().safeParse(eventId).success) notFound();
  const state = await prefetchAdmin(await requireOperator(), (cache, queries) => [
    cache.query(queries.jobsOfEvent(eventId)),
    cache.query(queries.journey(eventId)),
  ]);
  return (
    <HydrationBoundary state={state}>
      <Job eventId={eventId} jobType={jobType === undefined ? undefined : decodeURIComponent(jobType)} />
    </HydrationBoundary>
  );
}
