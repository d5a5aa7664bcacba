"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useSyncExternalStore } from "react";
import { useForm } from "react-hook-form";
import { toast } from "@/lib/toast";
import { z } from "zod";

import { Button } from "@/components/ui/Button";
import { Card, CardTitle } from "@/components/ui/Card";
import { Field, Input } from "@/components/ui/Field";
import { answered, api } from "@/lib/api/client";
import { sentence } from "@/lib/api/errors";
import { showFieldProblems } from "@/lib/forms";
import { queries } from "@/lib/queries";
import { strings } from "@/lib/strings/app";
import type { PersonRead } from "@/types/api";

const words = strings.person.settings;
const time = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, words.badTime);
const shape = z.object({
  time_zone: z.string().trim().refine(isZone, words.unknownZone),
  quiet_from: time,
  quiet_until: time,
});

type Clock = z.infer<typeof shape>;

/** The clock that every day-based rule goes by. */
export function ClockForm({ me }: { me: PersonRead }) {
  const cache = useQueryClient();
  const form = useForm<Clock>({
    resolver: zodResolver(shape),
    values: {
      time_zone: me.time_zone,
      quiet_from: me.quiet_from.slice(0, 5),
      quiet_until: me.quiet_until.slice(0, 5),
    },
    // What is being typed stays when the same settings are loaded again.
    resetOptions: { keepDirtyValues: true },
  });
  const { errors, isDirty } = form.formState;
  const device = useSyncExternalStore(
    () => () => undefined,
    () => Intl.DateTimeFormat().resolvedOptions().timeZone,
    () => null,
  );
  const save = useMutation({
    mutationFn: (body: Clock) => answered(api.PUT("/api/v1/me", { body })),
    meta: { isQuiet: true },
    onSuccess: (saved) => {
      cache.setQueryData(queries.me().queryKey, saved);
      form.reset(undefined, { keepValues: true });
      toast.success(strings.actions.saved);
      void cache.invalidateQueries({ queryKey: ["nudges", "preferences"] });
    },
    onError: (error) => {
      if (!showFieldProblems(error, form.setError, ["time_zone", "quiet_from", "quiet_until"])) {
        toast.error(sentence(error));
      }
    },
  });
  return (
    <Card>
      <form className="grid gap-4" noValidate onSubmit={form.handleSubmit((body) => save.mutate(body))}>
        <div>
          <CardTitle>{words.clock}</CardTitle>
          <p className="text-ink-soft">{words.clockText}</p>
        </div>
        <Field label={words.timeZone} hint={words.timeZoneHint} error={errors.time_zone?.message}>
          <Input autoComplete="off" spellCheck={false} {...form.register("time_zone")} />
        </Field>
        {device !== null && device !== me.time_zone && (
          <Button
            variant="soft"
            size="sm"
            className="justify-self-start"
            onClick={() => form.setValue("time_zone", device, { shouldDirty: true, shouldValidate: true })}
          >
            {words.useDevice(device)}
          </Button>
        )}
        <div className="grid gap-4 sm:grid-cols-2">
          <Field label={words.quietFrom} error={errors.quiet_from?.message}>
            <Input type="time" {...form.register("quiet_from")} />
          </Field>
          <Field label={words.quietUntil} error={errors.quiet_until?.message}>
            <Input type="time" {...form.register("quiet_until")} />
          </Field>
        </div>
        <p className="text-ink-soft text-sm">{words.quietHint}</p>
        <Button type="submit" className="justify-self-start" isBusy={save.isPending} aria-disabled={!isDirty}>
          {strings.actions.save}
        </Button>
      </form>
    </Card>
  );
}

function isZone(name: string): boolean {
  try {
    Intl.DateTimeFormat("en", { timeZone: name });
    return name.length > 0;
  } catch {
    return false;
  }
}
