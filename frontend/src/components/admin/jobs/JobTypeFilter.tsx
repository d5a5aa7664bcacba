"use client";

import { useQuery } from "@tanstack/react-query";

import { FilterSelect } from "@/components/admin/FilterSelect";
import { adminQueries } from "@/lib/adminQueries";
import { strings } from "@/lib/strings";

interface JobTypeFilterProps {
  value: string | undefined;
  onValue: (value: string) => void;
}

/** The job types that there are now; one that is gone stays while it is picked. */
export function JobTypeFilter({ value, onValue }: JobTypeFilterProps) {
  const types = useQuery(adminQueries.eventTypes());
  const names = [...new Set(types.data?.flatMap((it) => it.groups))].sort();
  return (
    <FilterSelect
      label={strings.adminJobs.filters.jobType}
      value={value}
      options={names.map((name) => ({ value: name, label: name }))}
      className="w-full sm:w-52"
      onValue={onValue}
    />
  );
}
