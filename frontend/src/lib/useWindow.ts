import { useFilters } from "./useFilters";
import { asWindow, type WindowMinutes } from "./windows";

/** The time that a page looks back on: it lives in the address, as filters do. */
export function useWindow(): [WindowMinutes, (minutes: WindowMinutes) => void] {
  const { filters, setFilters } = useFilters(["window"]);
  return [asWindow(filters.window), (minutes) => setFilters({ window: String(minutes) })];
}
