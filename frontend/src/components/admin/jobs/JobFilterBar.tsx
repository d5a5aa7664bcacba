"use client";

import { FilterBar } from "@/components/admin/FilterBar";
import { FilterInput } from "@/components/admin/FilterInput";
import { FilterSelect } from "@/components/admin/FilterSelect";
import type { JobFilters } from "@/lib/adminQueries/jobs";
import { LAST_SPANS, OVER_SPANS } from "@/lib/spans";
import { strings } from "@/lib/strings";

import { JobTypeFilter } from "./JobTypeFilter";

const words = strings.adminJobs.filters;
const SPANS = [...LAST_SPANS, ...OVER_SPANS];
// Queued and running jobs have no row yet.
const STATUSES = ["retrying", "snoozed", "succeeded", "rejected", "expired", "cancelled", "dead"] as const;

interface JobFilterBarProps {
  filters: JobFilters;
  isFiltered: boolean;
  onChange: (changes: Partial<Record<keyof JobFilters, string | null>>) => void;
  onClear: () => void;
}

export function JobFilterBar({ filters, isFiltered, onChange, onClear }: JobFilterBarProps) {
  return (
    <FilterBar isFiltered={isFiltered} onClear={onClear}>
      <JobTypeFilter value={filters.job_type} onValue={(job_type) => onChange({ job_type })} />
      <FilterSelect
        label={words.status}
        value={filters.status}
        options={STATUSES.map((value) => ({ value, label: strings.admin.status[value] }))}
        className="w-[calc(50%-0.375rem)] sm:w-36"
        onValue={(status) => onChange({ status })}
      />
      <FilterSelect
        label={words.settled}
        value={filters.settled}
        options={SPANS}
        className="w-[calc(50%-0.375rem)] sm:w-56"
        onValue={(settled) => onChange({ settled })}
      />
      <FilterInput
        label={words.person}
        value={filters.user_id}
        placeholder={words.personPlaceholder}
        maxLength={255}
        className="w-[calc(50%-0.375rem)] sm:w-36"
        onValue={(user_id) => onChange({ user_id })}
      />
      <FilterInput
        label={words.error}
        value={filters.error}
        placeholder={words.errorPlaceholder}
        maxLength={255}
        className="w-[calc(50%-0.375rem)] sm:w-56"
        onValue={(error) => onChange({ error })}
      />
    </FilterBar>
  );
}
