"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useForm } from "react-hook-form";
import { toast } from "@/lib/toast";
import { z } from "zod";

import { Button } from "@/components/ui/Button";
import { Dialog } from "@/components/ui/Dialog";
import { Field, Textarea } from "@/components/ui/Field";
import { answered, api } from "@/lib/api/client";
import { sentence } from "@/lib/api/errors";
import { readDraft, writeDraft } from "@/lib/drafts";
import { showFieldProblems } from "@/lib/forms";
import { strings } from "@/lib/strings/app";
import type { MemoryRead } from "@/types/api";

const words = strings.person.memory;
const FORM = "correct-memory";

const shape = z.object({ text: z.string().trim().min(1, words.empty).max(500, words.tooLong) });

type Correction = z.infer<typeof shape>;

/** Puts right what is remembered. */
export function CorrectDialog({ memory, onClose }: { memory: MemoryRead; onClose: () => void }) {
  const cache = useQueryClient();
  const draft = `memory:${memory.id}`;
  const form = useForm<Correction>({
    resolver: zodResolver(shape),
    defaultValues: { text: readDraft(draft) || memory.text },
  });
  const correct = useMutation({
    mutationFn: (body: Correction) =>
      answered(
        api.PATCH("/api/v1/memories/{memory_id}", { params: { path: { memory_id: memory.id } }, body }),
      ),
    meta: { isQuiet: true },
    onSuccess: async () => {
      writeDraft(draft, "");
      toast.success(words.saved);
      await cache.invalidateQueries({ queryKey: ["memories"] });
      onClose();
    },
    onError: (error) => {
      if (!showFieldProblems(error, form.setError, ["text"])) toast.error(sentence(error));
    },
  });
  return (
    <Dialog
      isOpen
      onOpenChange={onClose}
      title={words.correctTitle}
      footer={
        <>
          <Button variant="ghost" onClick={onClose}>
            {strings.actions.cancel}
          </Button>
          <Button type="submit" form={FORM} isBusy={correct.isPending}>
            {strings.actions.save}
          </Button>
        </>
      }
    >
      <form id={FORM} noValidate onSubmit={form.handleSubmit((body) => correct.mutate(body))}>
        <Field label={words.text} error={form.formState.errors.text?.message}>
          <Textarea
            {...form.register("text", {
              onChange: (event: { target: { value: string } }) => writeDraft(draft, event.target.value),
            })}
          />
        </Field>
      </form>
    </Dialog>
  );
}
