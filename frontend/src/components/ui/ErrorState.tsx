"use client";

import { sentence } from "@/lib/api/errors";
import { strings } from "@/lib/strings/app";

import { Button } from "./Button";

/** In the place of something that could not be loaded. */
export function ErrorState({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  return (
    <div
      role="alert"
      className="border-red/40 bg-red-soft grid justify-items-start gap-2 rounded-xl border p-5"
    >
      <p className="text-red font-medium">{strings.problem.load}</p>
      <p>{sentence(error)}</p>
      {onRetry && (
        <Button variant="outline" size="sm" onClick={onRetry}>
          {strings.actions.retry}
        </Button>
      )}
    </div>
  );
}
