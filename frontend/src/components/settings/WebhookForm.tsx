"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useForm } from "react-hook-form";
import { z } from "zod";

import { Button } from "@/components/ui/Button";
import { Field, Input } from "@/components/ui/Field";
import { answered, api } from "@/lib/api/client";
import { sentence } from "@/lib/api/errors";
import { showFieldProblems } from "@/lib/forms";
import { queries } from "@/lib/queries";
import { strings } from "@/lib/strings/app";
import { toast } from "@/lib/toast";
import type { NudgePreferencesRead } from "@/types/api";

const words = strings.person.settings;
const LEAST_SECRET = 16;

interface Webhook {
  webhook_url: string;
  webhook_secret: string;
}

/** What may be sent: an address with a secret, of which one may be stored already; or no address. */
function shapeFor(hasSecret: boolean) {
  return z
    .object({
      webhook_url: z.union([z.literal(""), z.url({ protocol: /^https?$/, error: words.badUrl })]),
      webhook_secret: z.string().trim(),
    })
    .refine(
      ({ webhook_url: url, webhook_secret: secret }) =>
        url === "" || secret.length >= LEAST_SECRET || (secret === "" && hasSecret),
      { path: ["webhook_secret"], error: words.shortSecret },
    );
}

/** Where nudges go besides the app. Without an address they go nowhere else. */
export function WebhookForm({ preferences }: { preferences: NudgePreferencesRead }) {
  const cache = useQueryClient();
  const form = useForm<Webhook>({
    resolver: zodResolver(shapeFor(preferences.has_webhook_secret)),
    values: { webhook_url: preferences.webhook_url ?? "", webhook_secret: "" },
    resetOptions: { keepDirtyValues: true },
  });
  const { errors, isDirty } = form.formState;
  const save = useMutation({
    mutationFn: ({ webhook_url: url, webhook_secret: secret }: Webhook) =>
      answered(
        api.PUT("/api/v1/nudges/preferences", {
          body: {
            opted_in: preferences.opted_in,
            max_per_day: preferences.max_per_day,
            channels: url === "" ? ["sse"] : ["sse", "webhook"],
            webhook_url: url === "" ? null : url,
            webhook_secret: secret === "" ? null : secret,
          },
        }),
      ),
    meta: { isQuiet: true },
    onSuccess: (saved) => {
      cache.setQueryData(queries.nudgePreferences().queryKey, saved);
      form.reset({ webhook_url: saved.webhook_url ?? "", webhook_secret: "" });
      toast.success(strings.actions.saved, { id: "nudges" });
    },
    onError: (error) => {
      if (!showFieldProblems(error, form.setError, ["webhook_url", "webhook_secret"]))
        toast.error(sentence(error));
    },
  });
  return (
    <form
      className="grid gap-4 border-t pt-4"
      noValidate
      aria-label={words.webhook}
      onSubmit={form.handleSubmit((webhook) => save.mutate(webhook))}
    >
      <p className="font-medium">{words.webhook}</p>
      <Field label={words.webhookUrl} error={errors.webhook_url?.message}>
        <Input type="url" autoComplete="off" spellCheck={false} {...form.register("webhook_url")} />
      </Field>
      <Field
        label={words.webhookSecret}
        hint={preferences.has_webhook_secret ? words.webhookSecretKept : undefined}
        error={errors.webhook_secret?.message}
      >
        <Input type="password" autoComplete="new-password" {...form.register("webhook_secret")} />
      </Field>
      <Button type="submit" className="justify-self-start" isBusy={save.isPending} aria-disabled={!isDirty}>
        {strings.actions.save}
      </Button>
    </form>
  );
}
