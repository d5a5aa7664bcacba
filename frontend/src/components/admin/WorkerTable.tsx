"use client";

import { strings } from "@/lib/strings";
import type { WorkerRead } from "@/types/api";

import { Count } from "./Count";
import { type Column, DataTable } from "./DataTable";
import { Moment } from "./Moment";

const words = strings.admin.groups.workers;

const COLUMNS: Column<WorkerRead>[] = [
  {
    key: "name",
    header: words.name,
    isRowHeader: true,
    cell: (it) => <span className="font-mono text-xs whitespace-nowrap">{it.name}</span>,
  },
  { key: "running", header: words.running, isNumber: true, cell: (it) => <Count value={it.running} /> },
  { key: "waiting", header: words.waiting, isNumber: true, cell: (it) => <Count value={it.waiting} /> },
  { key: "said_at", header: words.saidAt, isNumber: true, cell: (it) => <Moment at={it.said_at} /> },
];

/** Who works for a group, as each worker said itself a moment ago. */
export function WorkerTable({ group, workers }: { group: string; workers: readonly WorkerRead[] }) {
  return (
    <div className="bg-card overflow-hidden rounded-md border">
      <DataTable
        caption={words.caption(group)}
        columns={COLUMNS}
        rows={workers}
        rowKey={(it) => it.name}
        empty={words.none}
      />
    </div>
  );
}
