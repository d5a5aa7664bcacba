"use client";

import { type SyntheticEvent, useId, useState } from "react";

import { Button } from "@/components/ui/Button";
import { Dialog } from "@/components/ui/Dialog";
import { Field, Textarea } from "@/components/ui/Field";
import { fieldProblems, sentence } from "@/lib/api/errors";
import { useDraft } from "@/lib/drafts";
import { strings } from "@/lib/strings";
import { useGroupControl } from "@/lib/useGroupControl";

const words = strings.admin.groups.pauseDialog;
const LONGEST = 500;

interface PauseDialogProps {
  /** The group that shall be paused. */
  group: string;
  onClose: () => void;
}

/** Pauses a group, with a reason for whoever finds it paused. */
export function PauseDialog({ group, onClose }: PauseDialogProps) {
  const form = useId();
  const [reason, setReason] = useDraft(`pause:${group}`);
  const [problem, setProblem] = useState<string>();
  const { pause } = useGroupControl();

  function send(event: SyntheticEvent): void {
    event.preventDefault();
    const given = reason.trim();
    if (given === "" || given.length > LONGEST) {
      setProblem(given === "" ? words.needed : words.tooLong);
      return;
    }
    setProblem(undefined);
    pause.mutate(
      { group, reason: given },
      {
        onSuccess: () => {
          setReason("");
          onClose();
        },
        onError: (error) => setProblem(fieldProblems(error).reason ?? sentence(error)),
      },
    );
  }

  return (
    <Dialog
      isOpen
      onOpenChange={onClose}
      title={words.title(group)}
      description={words.text}
      footer={
        <>
          <Button variant="ghost" onClick={onClose}>
            {strings.actions.cancel}
          </Button>
          <Button type="submit" form={form} isBusy={pause.isPending}>
            {words.confirm}
          </Button>
        </>
      }
    >
      <form id={form} onSubmit={send} noValidate>
        <Field label={words.reason} hint={words.hint} error={problem}>
          <Textarea
            value={reason}
            placeholder={words.placeholder}
            required
            onChange={(event) => setReason(event.target.value)}
          />
        </Field>
      </form>
    </Dialog>
  );
}
