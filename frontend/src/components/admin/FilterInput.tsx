"use client";

import { type ComponentProps, useState } from "react";

import { Field, Input } from "@/components/ui/Field";

interface FilterInputProps extends Omit<ComponentProps<"input">, "value" | "defaultValue" | "onChange"> {
  label: string;
  value: string | undefined;
  /** Called when the typing is done: on Enter, or when the field is left. */
  onValue: (value: string) => void;
}

/** A filter that is typed. It follows the address, and changes it once for each word rather than each letter. */
export function FilterInput({ label, value = "", onValue, className, ...rest }: FilterInputProps) {
  const [typed, setTyped] = useState(value);
  const [followed, setFollowed] = useState(value);
  if (followed !== value) {
    setFollowed(value);
    setTyped(value);
  }
  function done(): void {
    if (typed.trim() !== value) onValue(typed.trim());
  }
  return (
    <Field label={label} className={className}>
      <Input
        value={typed}
        className="h-9 text-sm"
        onChange={(event) => setTyped(event.target.value)}
        onBlur={done}
        onKeyDown={(event) => {
          if (event.key === "Enter") done();
        }}
        {...rest}
      />
    </Field>
  );
}
