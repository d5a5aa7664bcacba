import type { ActionQuery } from "./adminQueries/audit";
import type { Filters } from "./useFilters";

export const AUDIT_FILTERS = ["operator", "action", "target", "since", "until"] as const;

const PAGE = 50;

export function auditQuery(
  filters: Filters<(typeof AUDIT_FILTERS)[number]>,
  cursor: string | null,
): ActionQuery {
  return { ...filters, limit: PAGE, cursor };
}
