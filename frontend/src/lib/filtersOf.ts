import type { Filters } from "./useFilters";

export type SearchParams = Record<string, string | string[] | undefined>;

/** On the server, what `useFilters` reads in the browser: both ask with the same keys. */
export function filtersOf<Name extends string>(
  search: SearchParams,
  names: readonly Name[],
): { filters: Filters<Name>; cursor: string | null } {
  const filters: Filters<Name> = {};
  for (const name of names) {
    const value = first(search[name]);
    if (value) filters[name] = value;
  }
  return { filters, cursor: first(search.cursor) ?? null };
}

function first(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}
