"use client";

import { Button } from "@/components/ui/Button";
import { Dialog } from "@/components/ui/Dialog";
import { Field, Textarea } from "@/components/ui/Field";
import { useDraft } from "@/lib/drafts";
import { strings } from "@/lib/strings/app";

const words = strings.person.mission;
const MAX = 1000;

interface AbandonDialogProps {
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
  missionId: string;
  onConfirm: (reason: string) => void;
}

export function AbandonDialog({ isOpen, onOpenChange, missionId, onConfirm }: AbandonDialogProps) {
  const [reason, setReason] = useDraft(`abandon:${missionId}`);
  return (
    <Dialog
      isOpen={isOpen}
      onOpenChange={onOpenChange}
      title={words.abandonTitle}
      description={words.abandonText}
      footer={
        <>
          <Button variant="ghost" onClick={() => onOpenChange(false)}>
            {words.keep}
          </Button>
          <Button
            variant="danger"
            onClick={() => {
              onOpenChange(false);
              onConfirm(reason.trim());
            }}
          >
            {words.abandon}
          </Button>
        </>
      }
    >
      <Field label={words.abandonReason}>
        <Textarea value={reason} maxLength={MAX} onChange={(event) => setReason(event.target.value)} />
      </Field>
    </Dialog>
  );
}
