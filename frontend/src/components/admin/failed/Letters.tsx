"use client";

import { useQuery } from "@tanstack/react-query";

import { type Column, DataTable } from "@/components/admin/DataTable";
import { Moment } from "@/components/admin/Moment";
import { formatCount } from "@/lib/adminFormat";
import { adminQueries } from "@/lib/adminQueries";
import type { LetterFilters } from "@/lib/adminQueries/deadLetters";
import { strings } from "@/lib/strings";
import { type Selection, useSelection } from "@/lib/useSelection";
import type { DeadLetterRead } from "@/types/api";

import { FailureText } from "./FailureText";
import { LetterActions } from "./LetterActions";
import { LetterName } from "./LetterName";
import { SelectAll, SelectRow } from "./SelectRow";
import { SelectionBar } from "./SelectionBar";

const words = strings.adminJobs.failed;

/** The API takes so many ids at once. */
const MOST_SELECTED = 500;

interface LettersProps {
  filters: LetterFilters;
  isFiltered: boolean;
  cursor: string | null;
  onCursor: (cursor: string | null) => void;
  onRetryMany: (ids: readonly string[]) => void;
}

export function Letters({ filters, isFiltered, cursor, onCursor, onRetryMany }: LettersProps) {
  const letters = useQuery(adminQueries.deadLetters(filters, cursor));
  const rows = letters.data?.items;
  const selection = useSelection(rows?.map((it) => it.id) ?? [], MOST_SELECTED);
  return (
    <>
      <div className="bg-card overflow-hidden rounded-lg border">
        <DataTable
          caption={words.table.caption}
          columns={columnsFor(selection)}
          rows={rows}
          rowKey={(row) => row.id}
          isRowMarked={(row) => selection.isChosen(row.id)}
          error={letters.error}
          onRetry={() => void letters.refetch()}
          empty={
            <>
              <p className="text-ink font-medium">
                {isFiltered ? words.table.noneTitle : words.table.emptyTitle}
              </p>
              {!isFiltered && <p className="pt-1 text-sm">{words.table.emptyText}</p>}
            </>
          }
          pages={{
            cursor,
            nextCursor: letters.data?.next_cursor,
            onCursor,
            isLoading: letters.isPlaceholderData,
          }}
        />
      </div>
      <SelectionBar selection={selection} onRetry={() => onRetryMany(selection.ids)} />
    </>
  );
}

function columnsFor(selection: Selection): Column<DeadLetterRead>[] {
  return [
    {
      key: "select",
      header: <SelectAll selection={selection} />,
      cell: (row) => <SelectRow id={row.id} selection={selection} />,
      className: "w-10 pr-0 align-top",
    },
    {
      key: "job",
      header: words.table.job,
      isRowHeader: true,
      cell: (row) => <LetterName letter={row} />,
      className: "align-top",
    },
    {
      key: "error",
      header: words.table.error,
      cell: (row) => <FailureText type={row.error?.type} message={row.error?.message} />,
      className: "w-1/2 max-w-0 align-top max-md:hidden",
    },
    {
      key: "person",
      header: words.table.person,
      cell: (row) => <span className="block max-w-40 truncate">{row.user_id}</span>,
      className: "align-top max-md:hidden",
    },
    {
      key: "died",
      header: words.table.died,
      cell: (row) => <Moment at={row.died_at} />,
      isNumber: true,
      className: "align-top max-sm:hidden",
    },
    {
      key: "attempts",
      header: words.table.attempts,
      cell: (row) => (
        <>
          {row.attempts}
          {row.life > 1 && (
            <span className="text-ink-soft block text-xs" title={words.table.lifeHint}>
              {words.table.life(row.life)}
            </span>
          )}
        </>
      ),
      isNumber: true,
      className: "align-top max-lg:hidden",
    },
    {
      key: "tokens",
      header: words.table.tokens,
      cell: (row) => formatCount(row.tokens),
      isNumber: true,
      className: "align-top max-lg:hidden",
    },
    {
      key: "actions",
      header: <span className="sr-only">{words.table.actions}</span>,
      cell: (row) => <LetterActions letter={row} />,
      className: "w-px align-top",
    },
  ];
}
