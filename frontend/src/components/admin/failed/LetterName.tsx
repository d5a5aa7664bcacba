import Link from "next/link";

import { Moment } from "@/components/admin/Moment";
import { letterPath } from "@/lib/failed/letterPath";
import { strings } from "@/lib/strings";
import type { DeadLetterRead } from "@/types/api";

import { FailureText } from "./FailureText";

const words = strings.adminJobs.failed;

/** Which job it is; on a phone also whose, when, and what went wrong, which have columns elsewhere. */
export function LetterName({ letter }: { letter: DeadLetterRead }) {
  return (
    <div className="min-w-0">
      <Link
        href={letterPath(letter.id)}
        className="text-accent font-semibold whitespace-nowrap underline-offset-2 hover:underline"
      >
        {letter.job_type}
      </Link>
      <span className="text-ink-soft block text-xs font-normal md:whitespace-nowrap">
        {[letter.event_type, isTelling(letter) ? reasonOf(letter) : null].filter(Boolean).join(" · ")}
      </span>
      <div className="grid gap-1 pt-1 font-normal md:hidden">
        <FailureText type={letter.error?.type} message={letter.error?.message} />
        <span className="text-ink-soft truncate text-xs">
          {letter.user_id}
          <span className="sm:hidden">
            {" · "}
            <Moment at={letter.died_at} />
          </span>
        </span>
      </div>
    </div>
  );
}

/** That the retries are used up is the rule, and goes without saying. */
function isTelling({ event_type, reason }: DeadLetterRead): boolean {
  return event_type === null || reason !== "exhausted";
}

function reasonOf({ reason }: DeadLetterRead): string {
  return reason === null ? words.table.unreadable : (words.reason[reason] ?? reason);
}
