"use client";

import { X } from "lucide-react";
import type { ReactNode } from "react";

import { Button } from "@/components/ui/Button";
import { strings } from "@/lib/strings";

interface FilterBarProps {
  isFiltered: boolean;
  onClear: () => void;
  children: ReactNode;
}

/** The filters of a table, above it. */
export function FilterBar({ isFiltered, onClear, children }: FilterBarProps) {
  return (
    <search
      aria-label={strings.admin.filters.label}
      className="grid grid-cols-2 items-end gap-3 pb-4 sm:flex sm:flex-wrap"
    >
      {children}
      {isFiltered && (
        <Button variant="ghost" size="sm" className="h-9" onClick={onClear}>
          <X aria-hidden />
          {strings.admin.filters.clear}
        </Button>
      )}
    </search>
  );
}
