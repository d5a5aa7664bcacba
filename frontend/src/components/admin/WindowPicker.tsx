"use client";

import { strings } from "@/lib/strings";
import { useWindow } from "@/lib/useWindow";
import { asWindow, WINDOWS } from "@/lib/windows";

import { FilterSelect } from "./FilterSelect";

const words = strings.admin.window;

const OPTIONS = WINDOWS.map((it) => ({ value: String(it), label: words.last[it] }));

/** Picks the time that the page looks back on. */
export function WindowPicker() {
  const [minutes, setMinutes] = useWindow();
  return (
    <FilterSelect
      label={words.label}
      isLabelHidden
      anyLabel={null}
      options={OPTIONS}
      value={String(minutes)}
      onValue={(value) => setMinutes(asWindow(value))}
    />
  );
}
