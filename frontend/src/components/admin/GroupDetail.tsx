"use client";

import type { ReactNode } from "react";

import { formatCount } from "@/lib/adminFormat";
import type { GroupLine } from "@/lib/groupLines";
import { strings } from "@/lib/strings";

import { Moment } from "./Moment";
import { PartitionTable } from "./PartitionTable";
import { WorkerTable } from "./WorkerTable";

const words = strings.admin.groups;

/** What stands below an opened group: its facts, its workers and its partitions. */
export function GroupDetail({ group }: { group: GroupLine }) {
  const { lag } = group;
  return (
    <div className="grid items-start gap-4 lg:grid-cols-2">
      <div className="grid gap-4">
        {group.paused && (
          <div className="bg-yellow-soft text-yellow rounded-md px-4 py-3">
            <p className="font-medium">
              {words.paused.by(group.paused_by ?? "")}, <Moment at={group.paused_at} />
            </p>
            <p>{group.reason}</p>
            <p className="pt-1 text-xs">{words.paused.text}</p>
          </div>
        )}
        <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1">
          <Fact name={words.facts.events}>
            {group.events.map((it) => (
              <span key={it} className="mr-3 inline-block font-mono text-xs">
                {it}
              </span>
            ))}
          </Fact>
          {lag !== null && (
            <>
              <Fact name={words.facts.state}>{words.states[lag.state]}</Fact>
              <Fact name={words.facts.members}>{formatCount(lag.members)}</Fact>
              <Fact name={words.facts.breaker}>{breakerWord(lag.breaker)}</Fact>
              <Fact name={words.facts.lag}>{formatCount(lag.lag)}</Fact>
              <Fact name={words.facts.outbox}>{formatCount(lag.outbox_due)}</Fact>
              <Fact name={words.facts.lost}>{formatCount(lag.lost)}</Fact>
            </>
          )}
        </dl>
        <WorkerTable group={group.group} workers={group.workers} />
      </div>
      {lag === null ? (
        <p className="text-ink-soft">{words.partitions.unknown}</p>
      ) : (
        <PartitionTable group={group.group} partitions={lag.partitions} />
      )}
    </div>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-ink-soft">{name}</dt>
      <dd className="tabular-nums">{children}</dd>
    </>
  );
}

function breakerWord(breaker: string | null | undefined): string {
  if (!breaker) return words.breakerUnknown;
  return breaker in words.breaker ? words.breaker[breaker as keyof typeof words.breaker] : breaker;
}
