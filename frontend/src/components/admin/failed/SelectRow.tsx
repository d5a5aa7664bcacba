"use client";

import { Checkbox } from "@/components/admin/Checkbox";
import { strings } from "@/lib/strings";
import type { Selection } from "@/lib/useSelection";

const words = strings.adminJobs.failed.table;

export function SelectRow({ id, selection }: { id: string; selection: Selection }) {
  const isChosen = selection.isChosen(id);
  return (
    <Checkbox
      label={words.selectOne(id)}
      isOn={isChosen}
      isDisabled={selection.isFull && !isChosen}
      onToggle={(isRange) => selection.toggle(id, isRange)}
    />
  );
}

export function SelectAll({ selection }: { selection: Selection }) {
  return (
    <Checkbox
      label={words.selectAll}
      isOn={selection.all}
      isPartly={selection.some}
      onToggle={() => selection.toggleAll()}
    />
  );
}
