"use client";

import { fromLocalField, toLocalField } from "@/lib/localMoment";
import { useNow } from "@/lib/useNow";

import { FilterInput } from "./FilterInput";

interface FilterMomentProps {
  label: string;
  /** ISO, as it stands in the address. */
  value: string | undefined;
  onValue: (value: string) => void;
  className?: string;
}

/** A filter that is a moment, picked on the clock of the device. */
export function FilterMoment({ label, value, onValue, className }: FilterMomentProps) {
  // The server does not know the reader's clock.
  const isHere = useNow(60_000) !== null;
  return (
    <FilterInput
      type="datetime-local"
      label={label}
      value={isHere ? toLocalField(value) : ""}
      onValue={(typed) => onValue(fromLocalField(typed))}
      className={className}
    />
  );
}
