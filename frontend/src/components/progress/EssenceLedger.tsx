"use client";

import { useInfiniteQuery } from "@tanstack/react-query";

import { Button } from "@/components/ui/Button";
import { Card, CardTitle } from "@/components/ui/Card";
import { ErrorState } from "@/components/ui/ErrorState";
import { Skeleton } from "@/components/ui/Skeleton";
import { formatDay } from "@/lib/dates";
import { formatEssence } from "@/lib/formatEssence";
import { queries } from "@/lib/queries";
import { strings } from "@/lib/strings/app";

const words = strings.person.progress;

/** Every booking of essence, the newest first. */
export function EssenceLedger() {
  const ledger = useInfiniteQuery(queries.essence());
  const entries = ledger.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Card className="grid grid-cols-1 gap-4">
      <CardTitle>{words.ledger}</CardTitle>
      {ledger.isPending && <Skeleton className="h-32" />}
      {ledger.isError && entries.length === 0 && (
        <ErrorState error={ledger.error} onRetry={() => void ledger.refetch()} />
      )}
      {ledger.isSuccess && entries.length === 0 && <p className="text-ink-soft">{words.ledgerNone}</p>}
      {entries.length > 0 && (
        <table className="w-full text-left">
          <thead className="text-ink-soft text-sm">
            <tr>
              <th scope="col" className="pb-1 font-medium">
                {words.when}
              </th>
              <th scope="col" className="pb-1 font-medium">
                {words.what}
              </th>
              <th scope="col" className="pb-1 text-right font-medium">
                {words.howMuch}
              </th>
            </tr>
          </thead>
          <tbody className="divide-y">
            {entries.map((entry) => (
              <tr key={entry.id}>
                <td className="text-ink-soft py-2 pr-3 text-sm whitespace-nowrap">
                  {formatDay(entry.created_at)}
                </td>
                <td className="py-2 pr-3">
                  {entry.mission_title ?? words.reasons[entry.reason] ?? entry.reason}
                </td>
                <td className="py-2 text-right font-medium tabular-nums">+{formatEssence(entry.amount)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {ledger.hasNextPage && (
        <Button
          variant="outline"
          size="sm"
          className="justify-self-center"
          isBusy={ledger.isFetchingNextPage}
          onClick={() => void ledger.fetchNextPage()}
        >
          {strings.actions.more}
        </Button>
      )}
    </Card>
  );
}
