"use client";

import { Button } from "@/components/ui/Button";
import { Dialog } from "@/components/ui/Dialog";
import { strings } from "@/lib/strings/app";

interface AlongsideDialogProps {
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
  activeTitle: string;
  onConfirm: () => void;
}

/** One mission at a time, unless the person says so. */
export function AlongsideDialog({ isOpen, onOpenChange, activeTitle, onConfirm }: AlongsideDialogProps) {
  const words = strings.person.mission;
  return (
    <Dialog
      isOpen={isOpen}
      onOpenChange={onOpenChange}
      title={words.alongsideTitle}
      description={words.alongsideText(activeTitle)}
      footer={
        <>
          <Button variant="ghost" onClick={() => onOpenChange(false)}>
            {strings.actions.cancel}
          </Button>
          <Button
            onClick={() => {
              onOpenChange(false);
              onConfirm();
            }}
          >
            {words.alongside}
          </Button>
        </>
      }
    />
  );
}
