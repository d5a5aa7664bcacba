import { type Fact, Facts } from "@/components/admin/Facts";
import { Moment } from "@/components/admin/Moment";
import { formatCount, formatUsd } from "@/lib/adminFormat";
import { strings } from "@/lib/strings";
import type { JobDetail, Journey } from "@/types/api";

const { fact } = strings.adminJobs.job;

interface JobFactsProps {
  /** Undefined while nothing was settled. */
  job: JobDetail | undefined;
  journey: Journey;
}

export function JobFacts({ job, journey }: JobFactsProps) {
  return <Facts facts={[...factsOfEvent(journey), ...(job === undefined ? [] : factsOfJob(job))]} />;
}

function factsOfEvent(journey: Journey): Fact[] {
  return [
    { label: fact.event, value: journey.event_id, copy: journey.event_id },
    { label: fact.type, value: journey.type },
    { label: fact.person, value: journey.user_id, copy: journey.user_id },
    { label: fact.accepted, value: journey.accepted_at && <Moment at={journey.accepted_at} /> },
    { label: fact.request, value: journey.request_id, copy: journey.request_id },
  ];
}

function factsOfJob(job: JobDetail): Fact[] {
  const tokens = job.tokens_in + job.tokens_out;
  const read = fact.tokensOf(formatCount(job.tokens_in), formatCount(job.tokens_out));
  return [
    { label: fact.attempt, value: formatCount(job.attempt) },
    { label: fact.life, value: job.life > 1 ? formatCount(job.life) : null },
    { label: fact.settled, value: <Moment at={job.finished_at} /> },
    { label: fact.due, value: job.next_attempt_at && <Moment at={job.next_attempt_at} /> },
    { label: fact.model, value: job.model },
    { label: fact.tokens, value: tokens === 0 ? formatCount(0) : read },
    { label: fact.cost, value: formatUsd(job.cost) },
    { label: fact.trace, value: job.trace_id, copy: job.trace_id },
  ];
}
