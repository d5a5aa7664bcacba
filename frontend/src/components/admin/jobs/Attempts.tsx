import { JobStatusBadge } from "@/components/admin/JobStatusBadge";
import { Moment } from "@/components/admin/Moment";
import { StackTrace } from "@/components/admin/failed/StackTrace";
import { formatDuration } from "@/lib/adminFormat";
import { cn } from "@/lib/cn";
import { strings } from "@/lib/strings";
import type { JobStatus } from "@/types/api";

const words = strings.adminJobs.attempts;

export interface AttemptShown {
  life: number;
  attempt: number;
  outcome: string;
  started_at: string;
  finished_at: string;
  worker?: string | null;
  error_type: string | null;
  error_message: string | null;
  error_stacktrace?: string | null;
}

/** Attempt after attempt, the oldest first, with what went wrong in each. */
export function Attempts({ attempts }: { attempts: readonly AttemptShown[] }) {
  if (attempts.length === 0) return <p className="text-ink-soft text-sm">{words.none}</p>;
  const hasLives = attempts.some(({ life }) => life > 1);
  return (
    <ol aria-label={words.caption} className="grid">
      {attempts.map((one, index) => {
        const isNewLife = hasLives && one.life !== attempts[index - 1]?.life;
        return (
          <li key={index} className="relative grid grid-cols-1 gap-1.5 border-l pb-5 pl-5 text-sm last:pb-0">
            <span
              aria-hidden
              className={cn(
                "border-card absolute top-1 -left-[0.34rem] size-2.5 rounded-full ring-4 ring-(--card)",
                dotOf(one.outcome),
              )}
            />
            {isNewLife && <p className="text-ink-soft text-xs font-semibold">{words.life(one.life)}</p>}
            <p className="flex flex-wrap items-center gap-x-3 gap-y-1">
              <span className="font-medium">{words.number(one.attempt)}</span>
              <Outcome outcome={one.outcome} />
              <span className="text-ink-soft tabular-nums">{formatDuration(secondsOf(one))}</span>
              <span className="text-ink-soft ml-auto">
                <Moment at={one.finished_at} />
              </span>
            </p>
            {one.worker && <p className="text-ink-soft font-mono text-xs">{one.worker}</p>}
            {one.error_type && (
              <p className="[overflow-wrap:anywhere]">
                <span className="text-red font-mono text-[0.8rem]">{one.error_type}</span>
                {one.error_message && (
                  <span className="text-ink-soft block whitespace-pre-wrap">{one.error_message}</span>
                )}
              </p>
            )}
            {one.error_stacktrace && (
              <details>
                <summary className="text-accent w-fit cursor-pointer text-xs font-medium">
                  {words.trace}
                </summary>
                <div className="pt-2">
                  <StackTrace text={one.error_stacktrace} />
                </div>
              </details>
            )}
          </li>
        );
      })}
    </ol>
  );
}

function Outcome({ outcome }: { outcome: string }) {
  return outcome in strings.admin.status ? <JobStatusBadge status={outcome as JobStatus} /> : outcome;
}

function dotOf(outcome: string): string {
  if (outcome === "succeeded") return "bg-green";
  if (outcome === "dead") return "bg-red";
  return outcome === "retrying" ? "bg-sun" : "bg-line-strong";
}

function secondsOf({ started_at, finished_at }: AttemptShown): number {
  return Math.max(0, (Date.parse(finished_at) - Date.parse(started_at)) / 1000);
}
