"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { toast } from "@/lib/toast";

import { Button } from "@/components/ui/Button";
import { Dialog } from "@/components/ui/Dialog";
import { answered, api } from "@/lib/api/client";
import { strings } from "@/lib/strings";

const words = strings.adminJobs.job;

interface CancelDialogProps {
  eventId: string;
  jobType: string;
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
}

export function CancelDialog({ eventId, jobType, isOpen, onOpenChange }: CancelDialogProps) {
  const cache = useQueryClient();
  const cancel = useMutation({
    mutationFn: () =>
      answered(
        api.POST("/api/v1/admin/jobs/{event_id}/{job_type}/cancel", {
          params: { path: { event_id: eventId, job_type: jobType } },
        }),
      ),
    onSuccess: () => toast.success(words.cancelled(jobType)),
    onSettled: () => {
      onOpenChange(false);
      void cache.invalidateQueries({ queryKey: ["admin"] });
    },
  });
  return (
    <Dialog
      isOpen={isOpen}
      onOpenChange={onOpenChange}
      title={words.cancelTitle}
      description={words.cancelText}
      footer={
        <>
          <Button variant="ghost" onClick={() => onOpenChange(false)}>
            {words.cancelKeep}
          </Button>
          <Button variant="danger" isBusy={cancel.isPending} onClick={() => cancel.mutate()}>
            {words.cancelConfirm}
          </Button>
        </>
      }
    />
  );
}
