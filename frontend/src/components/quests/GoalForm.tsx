"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { useForm } from "react-hook-form";
import { toast } from "@/lib/toast";
import { z } from "zod";

import { Button } from "@/components/ui/Button";
import { Field, Input, Select, Textarea } from "@/components/ui/Field";
import { answered, api } from "@/lib/api/client";
import { isTransient, sentence } from "@/lib/api/errors";
import { useDraft } from "@/lib/drafts";
import { showFieldProblems } from "@/lib/forms";
import { strings } from "@/lib/strings/app";

const words = strings.person.goals;
const CATEGORIES = ["growth", "health", "craft", "connection"] as const;

const shape = z.object({
  title: z.string().trim().min(3, words.tooShort).max(200),
  why: z.string().trim().max(2000),
  category: z.enum(CATEGORIES),
});

type Goal = z.infer<typeof shape>;

const EMPTY: Goal = { title: "", why: "", category: "growth" };

export function GoalForm() {
  const cache = useQueryClient();
  const [draft, setDraft] = useDraft("goal");
  const form = useForm<Goal>({ resolver: zodResolver(shape), defaultValues: EMPTY });
  const { errors, isDirty } = form.formState;

  useEffect(() => {
    if (draft !== "" && !isDirty) form.setValue("title", draft, { shouldDirty: true });
  }, [draft, form, isDirty]);

  const add = useMutation({
    mutationFn: (goal: Goal) => answered(api.POST("/api/v1/goals", { body: goal })),
    meta: { isQuiet: true },
    onSuccess: async () => {
      setDraft("");
      form.reset(EMPTY);
      toast.success(words.added);
      await cache.invalidateQueries({ queryKey: ["goals"] });
    },
    onError: (error) => {
      if (isTransient(error) || !showFieldProblems(error, form.setError, ["title", "why", "category"])) {
        toast.error(sentence(error));
      }
    },
  });

  return (
    <form
      className="grid gap-3 border-t pt-4"
      onSubmit={form.handleSubmit((goal) => add.mutate(goal))}
      noValidate
    >
      <Field label={words.name} error={errors.title?.message}>
        <Input
          placeholder={words.namePlaceholder}
          maxLength={200}
          {...form.register("title", {
            onChange: (event: { target: { value: string } }) => setDraft(event.target.value),
          })}
        />
      </Field>
      <Field label={words.why} error={errors.why?.message}>
        <Textarea className="min-h-16" maxLength={2000} {...form.register("why")} />
      </Field>
      <Field label={words.category} error={errors.category?.message}>
        <Select {...form.register("category")}>
          {CATEGORIES.map((category) => (
            <option key={category} value={category}>
              {strings.person.category[category]}
            </option>
          ))}
        </Select>
      </Field>
      <Button type="submit" variant="soft" isBusy={add.isPending}>
        {words.add}
      </Button>
    </form>
  );
}
