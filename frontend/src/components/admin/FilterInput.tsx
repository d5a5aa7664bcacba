"use client";

import { type ComponentProps, type KeyboardEvent, useRef } from "react";

import { Field, Input } from "@/components/ui/Field";

interface FilterInputProps extends Omit<ComponentProps<"input">, "value" | "defaultValue" | "onChange"> {
  label: string;
  value: string | undefined;
  /** Called when the typing is done: on Enter, or when the field is left. */
  onValue: (value: string) => void;
}

/** A filter that is typed. It follows the address, and changes it once for each word rather than each letter. */
export function FilterInput({ label, value = "", onValue, className, ...rest }: FilterInputProps) {
  const input = useRef<HTMLInputElement>(null);
  function done(): void {
    const typed = input.current?.value.trim() ?? "";
    if (typed !== value) onValue(typed);
  }
  return (
    <Field label={label} className={className}>
      <Input
        ref={input}
        // A filter that was taken away elsewhere empties the field.
        key={value}
        defaultValue={value}
        className="h-9 text-sm"
        onBlur={done}
        onKeyDown={(event: KeyboardEvent) => {
          if (event.key === "Enter") done();
        }}
        {...rest}
      />
    </Field>
  );
}
