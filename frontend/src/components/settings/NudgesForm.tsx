"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";

import { Card, CardTitle } from "@/components/ui/Card";
import { Field, Select } from "@/components/ui/Field";
import { Switch } from "@/components/ui/Switch";
import { answered, api } from "@/lib/api/client";
import { queries } from "@/lib/queries";
import { strings } from "@/lib/strings/app";
import { toast } from "@/lib/toast";
import type { NudgePreferencesRead } from "@/types/api";

import { WebhookForm } from "./WebhookForm";

const words = strings.person.settings;
const COUNTS = [1, 2, 3, 4, 5] as const;

/** Whether, and how often, the person wants nudges. Saved as it is changed. */
export function NudgesForm({ preferences }: { preferences: NudgePreferencesRead }) {
  const cache = useQueryClient();
  const { queryKey } = queries.nudgePreferences();
  const save = useMutation({
    mutationFn: (change: Partial<NudgePreferencesRead>) =>
      answered(
        api.PUT("/api/v1/nudges/preferences", {
          body: {
            opted_in: preferences.opted_in,
            max_per_day: preferences.max_per_day,
            channels: preferences.channels,
            webhook_url: preferences.webhook_url,
            ...change,
          },
        }),
      ),
    onMutate: (change) => cache.setQueryData(queryKey, { ...preferences, ...change }),
    onSuccess: (saved) => {
      cache.setQueryData(queryKey, saved);
      toast.success(strings.actions.saved, { id: "nudges" });
    },
    onError: () => cache.setQueryData(queryKey, preferences),
  });
  return (
    <Card className="grid gap-4">
      <CardTitle>{words.nudges}</CardTitle>
      <Switch
        label={words.optIn}
        hint={words.nudgesText}
        isOn={preferences.opted_in}
        onChange={(isOn) => save.mutate({ opted_in: isOn })}
      />
      {preferences.opted_in && (
        <Field label={words.maxPerDay} className="max-w-40">
          <Select
            value={preferences.max_per_day}
            onChange={(event) => save.mutate({ max_per_day: Number(event.target.value) })}
          >
            {COUNTS.map((count) => (
              <option key={count}>{count}</option>
            ))}
          </Select>
        </Field>
      )}
      {preferences.opted_in && <WebhookForm preferences={preferences} />}
    </Card>
  );
}
