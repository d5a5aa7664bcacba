"use client";

import { Field, Input } from "@/components/ui/Field";
import { Switch } from "@/components/ui/Switch";
import { strings } from "@/lib/strings";

const words = strings.adminJobs.plan;
const MOST_RATE = 1000;
const MOST_CANARY = 1000;

/** As it is typed. */
export interface Pace {
  isCanary: boolean;
  canary: string;
  rate: string;
}

export function paceProblems(pace: Pace): Record<string, string> {
  const problems: Record<string, string> = {};
  const rate = Number(pace.rate);
  const canary = Number(pace.canary);
  if (pace.rate.trim() === "" || !(rate > 0 && rate <= MOST_RATE))
    problems.rate = words.between(1, MOST_RATE);
  if (pace.isCanary && !(Number.isInteger(canary) && canary >= 1 && canary <= MOST_CANARY))
    problems.canary = words.between(1, MOST_CANARY);
  return problems;
}

interface PaceFieldsProps {
  pace: Pace;
  onPace: (pace: Pace) => void;
  problems: Record<string, string>;
  /** How long it takes at this rate. */
  duration: string | null;
}

/** How carefully, and how fast. */
export function PaceFields({ pace, onPace, problems, duration }: PaceFieldsProps) {
  return (
    <div className="grid gap-4 border-t pt-4">
      <Switch
        label={words.canary}
        hint={words.canaryHint}
        isOn={pace.isCanary}
        onChange={(isCanary) => onPace({ ...pace, isCanary })}
      />
      <div className="grid grid-cols-2 gap-4">
        {pace.isCanary && (
          <Field label={words.canaryCount} error={problems.canary}>
            <Input
              type="number"
              inputMode="numeric"
              min={1}
              max={MOST_CANARY}
              value={pace.canary}
              onChange={(event) => onPace({ ...pace, canary: event.target.value })}
            />
          </Field>
        )}
        <Field label={words.rate} error={problems.rate}>
          <Input
            type="number"
            inputMode="decimal"
            min={1}
            max={MOST_RATE}
            value={pace.rate}
            onChange={(event) => onPace({ ...pace, rate: event.target.value })}
          />
        </Field>
      </div>
      {duration !== null && problems.rate === undefined && (
        <p className="text-ink-soft -mt-2 text-sm">{words.rateHint(duration)}</p>
      )}
    </div>
  );
}
