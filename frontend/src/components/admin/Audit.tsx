"use client";

import { useQuery } from "@tanstack/react-query";
import Link from "next/link";

import { adminQueries } from "@/lib/adminQueries";
import { AUDIT_FILTERS, auditQuery } from "@/lib/auditQuery";
import { auditTarget } from "@/lib/auditTarget";
import { strings } from "@/lib/strings";
import { useFilters } from "@/lib/useFilters";
import type { SchemasJobAdminOperatorActionRead as OperatorActionRead } from "@/types/api";

import { ActionDetails } from "./ActionDetails";
import { AdminTitle } from "./AdminTitle";
import { type Column, DataTable } from "./DataTable";
import { FilterBar } from "./FilterBar";
import { FilterInput } from "./FilterInput";
import { FilterMoment } from "./FilterMoment";
import { FilterSelect } from "./FilterSelect";
import { Freshness } from "./Freshness";
import { Moment } from "./Moment";
import { Panel } from "./Panel";

const words = strings.admin.audit;

// The nouns choose every action of theirs.
const ACTIONS = Object.entries({ ...words.kinds, ...words.actions })
  .map(([value, label]) => ({ value, label }))
  .sort((one, other) => one.value.localeCompare(other.value));

/** Who did what when. */
export function Audit() {
  const { filters, isFiltered, setFilters, clear, cursor, setCursor } = useFilters(AUDIT_FILTERS);
  const actions = useQuery(adminQueries.actions(auditQuery(filters, cursor)));
  return (
    <>
      <AdminTitle title={words.title} lead={words.lead} actions={<Freshness query={actions} />} />
      <FilterBar isFiltered={isFiltered} onClear={clear}>
        <FilterInput
          label={words.filters.operator}
          value={filters.operator}
          onValue={(operator) => setFilters({ operator })}
          className="sm:w-40"
        />
        <FilterSelect
          label={words.filters.action}
          value={filters.action}
          options={ACTIONS}
          onValue={(action) => setFilters({ action })}
          className="sm:w-60"
        />
        <FilterInput
          label={words.filters.target}
          value={filters.target}
          placeholder={words.filters.targetHint}
          onValue={(target) => setFilters({ target })}
          className="max-sm:col-span-2 sm:w-64"
        />
        <FilterMoment
          label={words.filters.since}
          value={filters.since}
          onValue={(since) => setFilters({ since })}
          className="max-sm:col-span-2"
        />
        <FilterMoment
          label={words.filters.until}
          value={filters.until}
          onValue={(until) => setFilters({ until })}
          className="max-sm:col-span-2"
        />
      </FilterBar>
      <Panel title={words.caption} isFlush>
        <DataTable
          caption={words.caption}
          columns={columns((operator) => setFilters({ operator }))}
          rows={actions.data?.items}
          rowKey={(it) => it.id}
          empty={isFiltered ? words.noneFiltered : words.none}
          error={actions.error}
          onRetry={() => void actions.refetch()}
          pages={{
            cursor,
            nextCursor: actions.data?.next_cursor,
            onCursor: setCursor,
            isLoading: actions.isPlaceholderData,
          }}
        />
      </Panel>
    </>
  );
}

function columns(onOperator: (operator: string) => void): Column<OperatorActionRead>[] {
  return [
    {
      key: "when",
      header: words.columns.when,
      className: "w-px",
      cell: (it) => <Moment at={it.created_at} isExact />,
    },
    {
      key: "operator",
      header: words.columns.operator,
      className: "w-px",
      cell: (it) => (
        <button
          type="button"
          title={words.byOperator(it.operator)}
          className="underline-offset-2 hover:underline"
          onClick={() => onOperator(it.operator)}
        >
          {it.operator}
        </button>
      ),
    },
    {
      key: "action",
      header: words.columns.action,
      className: "w-px",
      isRowHeader: true,
      cell: (it) => (
        <span className="grid">
          {it.action in words.actions && (
            <span className="whitespace-nowrap">
              {words.actions[it.action as keyof typeof words.actions]}
            </span>
          )}
          <span className="text-ink-soft font-mono text-xs font-normal">{it.action}</span>
        </span>
      ),
    },
    {
      key: "target",
      header: words.columns.target,
      cell: (it) => <Target action={it.action} target={it.target} />,
    },
    { key: "details", header: words.columns.details, cell: (it) => <ActionDetails details={it.details} /> },
  ];
}

function Target({ action, target }: { action: string; target: string }) {
  const href = auditTarget(action, target);
  const name = <span className="font-mono text-xs break-all">{target}</span>;
  return href === null ? (
    name
  ) : (
    <Link href={href} className="text-accent underline-offset-2 hover:underline">
      {name}
    </Link>
  );
}
