"use client";

import { useEffect } from "react";

import { Button } from "@/components/ui/Button";
import { reportProblem } from "@/lib/monitoring";
import { strings } from "@/lib/strings/app";

interface PageProblemProps {
  error: Error & { digest?: string };
  reset: () => void;
}

/** What stands in the place of a page that failed; the rest of the app goes on. */
export function PageProblem({ error, reset }: PageProblemProps) {
  useEffect(() => reportProblem(error), [error]);
  return (
    <div role="alert" className="grid min-h-[50dvh] place-content-center justify-items-start gap-3 p-6">
      <h1 className="text-3xl font-semibold">{strings.problem.title}</h1>
      <p className="text-ink-soft max-w-prose">{strings.problem.text}</p>
      <Button onClick={reset}>{strings.actions.retry}</Button>
    </div>
  );
}
