"use client";

import { Field, Select } from "@/components/ui/Field";
import { strings } from "@/lib/strings";

const words = strings.adminJobs.payload;

interface EventTypeFieldProps {
  value: string | null;
  choices: readonly string[];
  onValue: (type: string) => void;
}

export function EventTypeField({ value, choices, onValue }: EventTypeFieldProps) {
  return (
    <Field label={words.eventType} hint={words.eventTypeHint} className="max-w-sm">
      <Select value={value ?? ""} onChange={(event) => onValue(event.target.value)}>
        {choices.map((type) => (
          <option key={type} value={type}>
            {type}
          </option>
        ))}
      </Select>
    </Field>
  );
}
