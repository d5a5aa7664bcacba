"use client";

import { useState } from "react";

import { Button } from "@/components/ui/Button";
import { formatCount } from "@/lib/adminFormat";
import { strings } from "@/lib/strings";
import type { PartitionLag } from "@/types/api";

import { Count } from "./Count";
import { type Column, DataTable } from "./DataTable";
import { Moment } from "./Moment";

const words = strings.admin.groups.partitions;

const COLUMNS: Column<PartitionLag>[] = [
  {
    key: "partition",
    header: words.partition,
    isRowHeader: true,
    cell: (it) => (
      <span className="font-mono text-xs whitespace-nowrap">
        {it.topic} / {it.partition}
      </span>
    ),
  },
  { key: "lag", header: words.lag, isNumber: true, cell: (it) => <Count value={it.lag} /> },
  { key: "oldest", header: words.oldest, isNumber: true, cell: (it) => <Moment at={it.oldest_at} /> },
  {
    key: "committed",
    header: words.committed,
    isNumber: true,
    cell: (it) => (it.committed === null ? words.never : formatCount(it.committed)),
  },
  { key: "end", header: words.end, isNumber: true, cell: (it) => formatCount(it.end) },
  {
    key: "lost",
    header: words.lost,
    isNumber: true,
    cell: (it) => <Count value={it.lost} className="text-red" />,
  },
];

interface PartitionTableProps {
  group: string;
  partitions: readonly PartitionLag[];
}

/** What waits in each partition; those in which nothing does, on demand. */
export function PartitionTable({ group, partitions }: PartitionTableProps) {
  const [isWhole, setIsWhole] = useState(false);
  const busy = partitions.filter((it) => it.lag > 0 || it.lost > 0);
  const idle = partitions.length - busy.length;
  const note = busy.length === 0 ? words.nothingWaits(partitions.length) : words.idle(idle);
  return (
    <div className="bg-card overflow-hidden rounded-md border">
      {(isWhole || busy.length > 0) && (
        <DataTable
          caption={words.caption(group)}
          columns={COLUMNS}
          rows={isWhole ? partitions : busy}
          rowKey={(it) => `${it.topic}/${it.partition}`}
          empty={null}
        />
      )}
      {idle > 0 && (
        <div className="text-ink-soft flex flex-wrap items-center justify-between gap-2 px-4 py-2 [&:not(:first-child)]:border-t">
          <p>{note}</p>
          <Button variant="ghost" size="sm" onClick={() => setIsWhole(!isWhole)}>
            {isWhole ? words.showWaiting : words.showAll}
          </Button>
        </div>
      )}
    </div>
  );
}
