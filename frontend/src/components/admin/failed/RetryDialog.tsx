"use client";

import { useState } from "react";

import { Dialog } from "@/components/ui/Dialog";
import { strings } from "@/lib/strings";
import type { DeadLetterFilter } from "@/types/api";

import { RetryPlanForm } from "./RetryPlanForm";
import { RunWatch } from "./RunWatch";

export interface RetryTarget {
  title: string;
  filter: DeadLetterFilter;
}

interface RetryDialogProps {
  target: RetryTarget;
  onClose: () => void;
}

/** A retry of many: first what it would do, then, once it was ordered, what it does. */
export function RetryDialog({ target, onClose }: RetryDialogProps) {
  const [runId, setRunId] = useState<string | null>(null);
  return (
    <Dialog
      isOpen
      onOpenChange={(isOpen) => {
        if (!isOpen) onClose();
      }}
      title={target.title}
      description={runId === null ? strings.adminJobs.plan.text : undefined}
      className="sm:max-w-xl"
    >
      {runId === null ? (
        <RetryPlanForm filter={target.filter} onOrdered={setRunId} onCancel={onClose} />
      ) : (
        <RunWatch id={runId} onClose={onClose} />
      )}
    </Dialog>
  );
}
