"use client";

import { Field, Select } from "@/components/ui/Field";
import { strings } from "@/lib/strings";

interface FilterSelectProps {
  label: string;
  value: string | undefined;
  options: readonly { value: string; label: string }[];
  onValue: (value: string) => void;
  /** The word for "no filter"; null where one of the options always holds. */
  anyLabel?: string | null;
  isLabelHidden?: boolean;
  className?: string;
}

/** A filter that is picked. */
export function FilterSelect(props: FilterSelectProps) {
  const { label, value = "", options, onValue, anyLabel = strings.admin.filters.any } = props;
  const isKnown = value === "" || options.some((it) => it.value === value);
  return (
    <Field label={label} isLabelHidden={props.isLabelHidden} className={props.className}>
      <Select className="h-9 text-sm" value={value} onChange={(event) => onValue(event.currentTarget.value)}>
        {anyLabel !== null && <option value="">{anyLabel}</option>}
        {!isKnown && <option value={value}>{value}</option>}
        {options.map((it) => (
          <option key={it.value} value={it.value}>
            {it.label}
          </option>
        ))}
      </Select>
    </Field>
  );
}
