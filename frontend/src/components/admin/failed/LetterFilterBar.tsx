"use client";

import { X } from "lucide-react";

import { FilterBar } from "@/components/admin/FilterBar";
import { FilterInput } from "@/components/admin/FilterInput";
import { FilterSelect } from "@/components/admin/FilterSelect";
import { JobTypeFilter } from "@/components/admin/jobs/JobTypeFilter";
import { Button } from "@/components/ui/Button";
import type { LetterFilters } from "@/lib/adminQueries/deadLetters";
import { LAST_SPANS, OVER_SPANS } from "@/lib/spans";
import { strings } from "@/lib/strings";

const words = strings.adminJobs.filters;
const AGES = [...LAST_SPANS, ...OVER_SPANS];

interface LetterFilterBarProps {
  filters: LetterFilters;
  isFiltered: boolean;
  onChange: (changes: Partial<Record<keyof LetterFilters, string | null>>) => void;
  onClear: () => void;
}

export function LetterFilterBar({ filters, isFiltered, onChange, onClear }: LetterFilterBarProps) {
  return (
    <FilterBar isFiltered={isFiltered} onClear={onClear}>
      <JobTypeFilter value={filters.job_type} onValue={(job_type) => onChange({ job_type })} />
      <FilterInput
        label={words.error}
        value={filters.error}
        placeholder={words.errorPlaceholder}
        maxLength={255}
        className="w-full sm:w-56"
        onValue={(error) => onChange({ error })}
      />
      <FilterInput
        label={words.person}
        value={filters.user_id}
        placeholder={words.personPlaceholder}
        maxLength={255}
        className="w-[calc(50%-0.375rem)] sm:w-36"
        onValue={(user_id) => onChange({ user_id })}
      />
      <FilterSelect
        label={words.age}
        value={filters.age}
        options={AGES}
        className="w-[calc(50%-0.375rem)] sm:w-56"
        onValue={(age) => onChange({ age })}
      />
      {filters.fingerprint && (
        <Button
          variant="soft"
          size="sm"
          className="h-9 font-mono"
          title={words.removeFailure}
          onClick={() => onChange({ fingerprint: null })}
        >
          <span className="sr-only">{words.onlyFailure("")}</span>
          {filters.fingerprint.slice(0, 8)}
          <X aria-label={words.removeFailure} />
        </Button>
      )}
    </FilterBar>
  );
}
