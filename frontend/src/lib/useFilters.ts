import { usePathname, useSearchParams } from "next/navigation";

export type Filters<Name extends string> = Partial<Record<Name, string>>;

const CURSOR = "cursor";

/**
 * Filters that live in the address: a page can be sent to a colleague, survives a reload, and "back" undoes the last
 * change. A changed filter begins again at the first page.
 */
export function useFilters<Name extends string>(names: readonly Name[]) {
  const params = useSearchParams();
  const pathname = usePathname();

  // The router would ask the server for the same page again; Next follows the history by itself.
  function go(next: URLSearchParams): void {
    const query = next.toString();
    if (query !== params.toString())
      window.history.pushState(null, "", query === "" ? pathname : `${pathname}?${query}`);
  }

  const filters: Filters<Name> = {};
  for (const name of names) {
    const value = params.get(name);
    if (value !== null && value !== "") filters[name] = value;
  }

  return {
    filters,
    isFiltered: Object.keys(filters).length > 0,
    /** Null and "" take a filter away. */
    setFilters: (changes: Partial<Record<Name, string | null>>): void => {
      const next = new URLSearchParams(params);
      next.delete(CURSOR);
      for (const [name, value] of Object.entries<string | null | undefined>(changes)) {
        if (value === null || value === undefined || value === "") next.delete(name);
        else next.set(name, value);
      }
      go(next);
    },
    clear: (): void => {
      const next = new URLSearchParams(params);
      next.delete(CURSOR);
      for (const name of names) next.delete(name);
      go(next);
    },
    /** Of the page that is shown; null for the first. */
    cursor: params.get(CURSOR),
    setCursor: (cursor: string | null): void => {
      const next = new URLSearchParams(params);
      if (cursor === null) next.delete(CURSOR);
      else next.set(CURSOR, cursor);
      go(next);
    },
  };
}
