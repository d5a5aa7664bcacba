"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { toast } from "@/lib/toast";

import { Button } from "@/components/ui/Button";
import { Dialog } from "@/components/ui/Dialog";
import { Field, Textarea } from "@/components/ui/Field";
import { answered, api } from "@/lib/api/client";
import { fieldProblems, sentence } from "@/lib/api/errors";
import { useDraft } from "@/lib/drafts";
import { strings } from "@/lib/strings";
import type { DeadLetterRead } from "@/types/api";

const words = strings.adminJobs.discard;
const MAX = 500;

interface DiscardDialogProps {
  letter: Pick<DeadLetterRead, "id" | "job_type" | "user_id">;
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
  onDiscarded?: () => void;
}

/** Giving up cannot be undone, so it asks why. */
export function DiscardDialog({ letter, isOpen, onOpenChange, onDiscarded }: DiscardDialogProps) {
  const form = `discard-${letter.id}`;
  const cache = useQueryClient();
  const [reason, setReason] = useDraft(`discard:${letter.id}`);
  const [problem, setProblem] = useState<string>();
  const discard = useMutation({
    mutationFn: (why: string) =>
      answered(
        api.POST("/api/v1/admin/dead-letters/{letter_id}/discard", {
          params: { path: { letter_id: letter.id } },
          body: { reason: why },
        }),
      ),
    meta: { isQuiet: true },
    onSuccess: () => {
      setReason("");
      onOpenChange(false);
      toast.success(strings.adminJobs.failed.toast.discarded(letter.job_type, letter.user_id));
      onDiscarded?.();
    },
    onError: (error) => setProblem(fieldProblems(error).reason ?? sentence(error)),
    onSettled: () => void cache.invalidateQueries({ queryKey: ["admin"] }),
  });

  return (
    <Dialog
      isOpen={isOpen}
      onOpenChange={onOpenChange}
      title={words.title}
      description={words.text}
      footer={
        <>
          <Button variant="ghost" onClick={() => onOpenChange(false)}>
            {words.keep}
          </Button>
          <Button type="submit" form={form} variant="danger" isBusy={discard.isPending}>
            {words.confirm}
          </Button>
        </>
      }
    >
      <form
        id={form}
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          const why = reason.trim();
          setProblem(why === "" ? words.reasonMissing : undefined);
          if (why !== "") discard.mutate(why);
        }}
      >
        <Field label={words.reason} error={problem}>
          <Textarea
            value={reason}
            maxLength={MAX}
            placeholder={words.reasonPlaceholder}
            onChange={(event) => setReason(event.target.value)}
          />
        </Field>
      </form>
    </Dialog>
  );
}
