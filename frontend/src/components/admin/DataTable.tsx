"use client";

import { Fragment, type ReactNode } from "react";

import { ErrorState } from "@/components/ui/ErrorState";
import { LoadingRegion, Skeleton } from "@/components/ui/Skeleton";
import { cn } from "@/lib/cn";
import { strings } from "@/lib/strings";
import { walkRows } from "@/lib/walkRows";

import { Pager, type Pages } from "./Pager";

export interface Column<Row> {
  key: string;
  header: ReactNode;
  /** Neighbours of the same group stand below one header. */
  group?: string;
  cell: (row: Row) => ReactNode;
  /** Numbers stand at the right. */
  isNumber?: boolean;
  /** What the row is called: its header for screen readers. One column has it. */
  isRowHeader?: boolean;
  className?: string;
}

interface DataTableProps<Row> {
  /** Names the table, and the region that scrolls. */
  caption: string;
  columns: readonly Column<Row>[];
  /** Undefined while nothing was loaded yet. */
  rows: readonly Row[] | undefined;
  rowKey: (row: Row) => string;
  /** In the place of the rows when there are none. */
  empty: ReactNode;
  error?: unknown;
  onRetry?: () => void;
  isRowMarked?: (row: Row) => boolean;
  /** What stands below an opened row, over all columns; null for a closed one. */
  detail?: (row: Row) => ReactNode;
  /** A row of sums. */
  footer?: ReactNode;
  /** Of tables that page by cursor. */
  pages?: Pages;
}

const SKELETON_ROWS = [0, 1, 2, 3, 4];

/**
 * A table of the console: it scrolls sideways where it has no room, and the up and down keys lead from row to row.
 * When asking again fails, the rows that were loaded before stay.
 */
export function DataTable<Row>(props: DataTableProps<Row>) {
  const { caption, columns, rows, rowKey, empty, error, onRetry, isRowMarked, detail, footer, pages } = props;
  const hasFailed = error !== null && error !== undefined;
  if (rows === undefined) return hasFailed ? <Failed error={error} onRetry={onRetry} /> : <Loading />;
  return (
    <>
      {hasFailed && (
        <p role="status" className="bg-yellow-soft text-yellow px-4 py-1.5 text-sm">
          {strings.admin.table.stale}
        </p>
      )}
      {rows.length === 0 ? (
        <div className="text-ink-soft px-4 py-10 text-center">{empty}</div>
      ) : (
        // Only a region that takes the focus can be scrolled with the keyboard.
        <div
          role="region"
          aria-label={caption}
          tabIndex={0}
          className="@container relative overflow-x-auto focus-visible:-outline-offset-2"
        >
          <table className="w-full border-collapse text-left text-sm" onKeyDown={walkRows}>
            <caption className="sr-only">{caption}</caption>
            <Head columns={columns} />
            <tbody className="divide-y">
              {rows.map((row) => {
                const opened = detail?.(row) ?? null;
                return (
                  <Fragment key={rowKey(row)}>
                    <tr
                      data-row
                      className={cn(
                        "bg-card hover:bg-[color-mix(in_oklab,var(--sunken)_60%,var(--card))]",
                        isRowMarked?.(row) && "bg-[color-mix(in_oklab,var(--accent-soft)_60%,var(--card))]",
                      )}
                    >
                      {columns.map((column) => (
                        <Cell key={column.key} column={column} row={row} />
                      ))}
                    </tr>
                    {opened !== null && (
                      <tr>
                        <td colSpan={columns.length} className="bg-sunken/40 p-4">
                          {/* As wide as what is seen of the table, and it stays there. */}
                          <div className="sticky left-4 w-[calc(100cqw-2rem)]">{opened}</div>
                        </td>
                      </tr>
                    )}
                  </Fragment>
                );
              })}
            </tbody>
            {footer && <tfoot className="border-t font-medium">{footer}</tfoot>}
          </table>
        </div>
      )}
      {pages && <Pager caption={caption} {...pages} />}
    </>
  );
}

function Head<Row>({ columns }: { columns: readonly Column<Row>[] }) {
  const groups: { key: string; title: string | undefined; span: number }[] = [];
  for (const { key, group } of columns) {
    const last = groups.at(-1);
    if (last?.title === group && last !== undefined) last.span += 1;
    else groups.push({ key, title: group, span: 1 });
  }
  const isGrouped = groups.some((it) => it.title !== undefined);
  return (
    <thead className="text-ink-soft text-xs">
      {isGrouped && (
        <tr>
          {groups.map(({ key, title, span }) =>
            title === undefined ? (
              <td key={key} colSpan={span} />
            ) : (
              <th key={key} scope="colgroup" colSpan={span} className="border-l px-3 pt-2 font-semibold">
                {title}
              </th>
            ),
          )}
        </tr>
      )}
      <tr className="border-b">
        {columns.map((column) => (
          <th
            key={column.key}
            scope="col"
            className={cn(
              "px-3 py-2 font-medium whitespace-nowrap first:pl-4 last:pr-4",
              column.isNumber && "text-right",
              column.className,
            )}
          >
            {column.header}
          </th>
        ))}
      </tr>
    </thead>
  );
}

function Cell<Row>({ column, row }: { column: Column<Row>; row: Row }) {
  const classes = cn(
    "px-3 py-2 align-middle first:pl-4 last:pr-4",
    column.isNumber && "text-right whitespace-nowrap tabular-nums",
    column.className,
  );
  return column.isRowHeader ? (
    // The first column stays when the table is scrolled.
    <th scope="row" className={cn("bg-inherit font-medium first:sticky first:left-0 first:z-[1]", classes)}>
      {column.cell(row)}
    </th>
  ) : (
    <td className={classes}>{column.cell(row)}</td>
  );
}

function Failed({ error, onRetry }: { error: unknown; onRetry: (() => void) | undefined }) {
  return (
    <div className="p-4">
      <ErrorState error={error} onRetry={onRetry} />
    </div>
  );
}

function Loading() {
  return (
    <LoadingRegion>
      <div className="grid gap-2 p-4">
        {SKELETON_ROWS.map((it) => (
          <Skeleton key={it} className="h-8" />
        ))}
      </div>
    </LoadingRegion>
  );
}
