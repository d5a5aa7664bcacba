import Link from "next/link";

import { type Fact, Facts } from "@/components/admin/Facts";
import { Moment } from "@/components/admin/Moment";
import { formatCount } from "@/lib/adminFormat";
import { jobPath } from "@/lib/failed/letterPath";
import { strings } from "@/lib/strings";
import type { DeadLetterDetail } from "@/types/api";

const words = strings.adminJobs.letter;
const { reason } = strings.adminJobs.failed;
const LINK = "text-accent underline-offset-2 hover:underline";

export function LetterFacts({ letter }: { letter: DeadLetterDetail }) {
  return <Facts facts={factsOf(letter)} />;
}

function factsOf(letter: DeadLetterDetail): Fact[] {
  const { fact } = words;
  return [
    {
      label: fact.event,
      value: (
        <Link href={jobPath(letter.event_id, letter.job_type)} className={LINK}>
          {letter.event_id}
        </Link>
      ),
      copy: letter.event_id,
    },
    { label: fact.type, value: letter.event_type },
    { label: fact.person, value: letter.user_id, copy: letter.user_id },
    { label: fact.reason, value: letter.reason === null ? null : (reason[letter.reason] ?? letter.reason) },
    { label: fact.died, value: <Moment at={letter.died_at} /> },
    { label: fact.accepted, value: <Moment at={letter.accepted_at} /> },
    { label: fact.attempts, value: formatCount(letter.attempts) },
    { label: fact.life, value: letter.life > 1 ? formatCount(letter.life) : null },
    { label: fact.tokens, value: formatCount(letter.tokens) },
    {
      label: fact.failure,
      value: letter.fingerprint && (
        <Link
          href={`/admin/failed?${new URLSearchParams({ job_type: letter.job_type, fingerprint: letter.fingerprint }).toString()}`}
          className={LINK}
          title={words.alike}
        >
          {letter.fingerprint}
        </Link>
      ),
      copy: letter.fingerprint,
    },
    {
      label: fact.place,
      value: letter.topic && (
        <span className="font-mono text-[0.8rem]">
          {letter.topic}/{letter.partition}/{letter.offset}
        </span>
      ),
    },
    { label: fact.key, value: letter.key === letter.user_id ? null : letter.key, copy: letter.key },
    { label: fact.request, value: letter.request_id, copy: letter.request_id },
  ];
}
