"use client";

import { useQuery } from "@tanstack/react-query";
import { RotateCcw, Trash2 } from "lucide-react";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { useState } from "react";

import { BackLink } from "@/components/admin/BackLink";
import { JobStatusBadge } from "@/components/admin/JobStatusBadge";
import { Attempts } from "@/components/admin/jobs/Attempts";
import { OperatorHistory } from "@/components/admin/jobs/OperatorHistory";
import { Panel } from "@/components/admin/Panel";
import { Button } from "@/components/ui/Button";
import { ErrorState } from "@/components/ui/ErrorState";
import { LoadingRegion, Skeleton } from "@/components/ui/Skeleton";
import { adminQueries } from "@/lib/adminQueries";
import { jobPath } from "@/lib/failed/letterPath";
import { useRetryLetter } from "@/lib/failed/useRetryLetter";
import { strings } from "@/lib/strings";
import type { DeadLetterDetail } from "@/types/api";

import { DiscardDialog } from "./DiscardDialog";
import { LetterFacts } from "./LetterFacts";
import { LetterHeaders } from "./LetterHeaders";
import { PayloadPanel } from "./PayloadPanel";
import { StackTrace } from "./StackTrace";

const words = strings.adminJobs.letter;

/** Everything about one dead letter, and everything that can be done with it. */
export function DeadLetter({ id }: { id: string }) {
  const letter = useQuery(adminQueries.deadLetter(id));
  return (
    <>
      <BackLink href="/admin/failed">{words.back}</BackLink>
      {letter.data !== undefined ? (
        <LetterView letter={letter.data} />
      ) : letter.isError ? (
        <ErrorState error={letter.error} onRetry={() => void letter.refetch()} />
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

function LetterView({ letter }: { letter: DeadLetterDetail }) {
  const isDead = letter.status === "dead";
  return (
    <>
      <LetterTitle letter={letter} />
      {!isDead && <NotDead letter={letter} />}
      {isDead && letter.obstacle && (
        <p className="bg-yellow-soft text-yellow mb-4 rounded-lg px-4 py-2.5 text-sm">
          <span className="font-medium">{words.obstacle}</span> {letter.obstacle}
        </p>
      )}
      <div className="grid grid-cols-1 items-start gap-4 lg:grid-cols-[minmax(0,1fr)_22rem]">
        <div className="grid min-w-0 grid-cols-1 gap-4">
          <Panel title={words.error}>
            <div className="grid grid-cols-1 gap-3">
              {letter.error && (
                <p className="[overflow-wrap:anywhere]">
                  <span className="text-red font-mono text-sm font-medium">{letter.error.type}</span>
                  <span className="block pt-0.5 text-sm whitespace-pre-wrap">{letter.error.message}</span>
                </p>
              )}
              {letter.stacktrace ? (
                <details open>
                  <summary className="text-accent mb-2 w-fit cursor-pointer text-sm font-medium">
                    {words.trace}
                  </summary>
                  <StackTrace text={letter.stacktrace} />
                </details>
              ) : (
                <p className="text-ink-soft text-sm">{words.noTrace}</p>
              )}
            </div>
          </Panel>
          <PayloadPanel letter={letter} />
          <Panel title={words.attempts}>
            <Attempts attempts={letter.attempts_made} />
          </Panel>
        </div>
        <div className="grid min-w-0 grid-cols-1 gap-4">
          <Panel title={words.facts}>
            <LetterFacts letter={letter} />
          </Panel>
          <Panel title={words.history}>
            <OperatorHistory actions={letter.actions} />
          </Panel>
          {letter.headers.length > 0 && (
            <Panel title={words.headers}>
              <LetterHeaders headers={letter.headers} />
            </Panel>
          )}
        </div>
      </div>
    </>
  );
}

function LetterTitle({ letter }: { letter: DeadLetterDetail }) {
  const router = useRouter();
  const retry = useRetryLetter();
  const [isDiscarding, setIsDiscarding] = useState(false);
  return (
    <header className="flex flex-wrap items-center justify-between gap-x-6 gap-y-3 pb-4">
      <div className="min-w-0">
        <h1 className="flex flex-wrap items-center gap-x-3 gap-y-1 text-2xl font-semibold tracking-tight">
          {letter.job_type}
          <span className="font-sans text-base leading-none font-normal tracking-normal">
            <JobStatusBadge status={letter.status} />
          </span>
        </h1>
        <p className="text-ink-soft truncate text-sm">{letter.user_id}</p>
      </div>
      {letter.status === "dead" && (
        <div className="flex flex-wrap gap-2">
          <Button variant="danger" size="sm" onClick={() => setIsDiscarding(true)}>
            <Trash2 aria-hidden />
            {strings.adminJobs.failed.discard}
          </Button>
          <Button
            size="sm"
            isBusy={retry.isPending}
            disabled={letter.obstacle !== null || retry.isPending}
            onClick={() => retry.mutate(letter)}
          >
            {!retry.isPending && <RotateCcw aria-hidden />}
            {strings.adminJobs.failed.retry}
          </Button>
          <DiscardDialog
            letter={letter}
            isOpen={isDiscarding}
            onOpenChange={setIsDiscarding}
            onDiscarded={() => router.push("/admin/failed")}
          />
        </div>
      )}
    </header>
  );
}

function NotDead({ letter }: { letter: DeadLetterDetail }) {
  return (
    <p
      role="status"
      className="bg-accent-soft text-accent mb-4 flex flex-wrap items-center gap-x-3 rounded-lg px-4 py-2.5 text-sm"
    >
      {words.retriedAlready(strings.admin.status[letter.status])}
      <Link
        href={jobPath(letter.event_id, letter.job_type)}
        className="font-medium underline underline-offset-2"
      >
        {words.seeJob}
      </Link>
    </p>
  );
}
