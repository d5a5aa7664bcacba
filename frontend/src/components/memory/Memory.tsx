"use client";

import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { toast } from "@/lib/toast";

import { Button } from "@/components/ui/Button";
import { Dialog } from "@/components/ui/Dialog";
import { EmptyState } from "@/components/ui/EmptyState";
import { ErrorState } from "@/components/ui/ErrorState";
import { PageTitle } from "@/components/ui/PageTitle";
import { LoadingRegion, Skeleton } from "@/components/ui/Skeleton";
import { Tab, TabList, TabPanel, Tabs } from "@/components/ui/Tabs";
import { answered, api } from "@/lib/api/client";
import { queries } from "@/lib/queries";
import { strings } from "@/lib/strings/app";
import type { MemoryRead, MemoryTier } from "@/types/api";

import { CorrectDialog } from "./CorrectDialog";
import { MemoryItem } from "./MemoryItem";

const words = strings.person.memory;
const TIERS = ["all", "personal", "project", "task"] as const;

export function Memory() {
  const cache = useQueryClient();
  const [tab, setTab] = useState<(typeof TIERS)[number]>("all");
  const tier: MemoryTier | null = tab === "all" ? null : tab;
  const memories = useInfiniteQuery(queries.memories(tier));
  const [correcting, setCorrecting] = useState<MemoryRead | null>(null);
  const [forgetting, setForgetting] = useState<MemoryRead | null>(null);
  const items = memories.data?.pages.flatMap((page) => page.items) ?? [];

  const forget = useMutation({
    mutationFn: (memory: MemoryRead) =>
      answered(api.DELETE("/api/v1/memories/{memory_id}", { params: { path: { memory_id: memory.id } } })),
    onSuccess: () => toast.success(words.forgotten),
    onSettled: () => cache.invalidateQueries({ queryKey: ["memories"] }),
  });

  return (
    <>
      <PageTitle title={words.title} lead={words.lead} />
      <Tabs value={tab} onValueChange={(value) => setTab(TIERS.find((it) => it === value) ?? "all")}>
        <TabList aria-label={words.title}>
          {TIERS.map((it) => (
            <Tab key={it} value={it}>
              {words.tiers[it]}
            </Tab>
          ))}
        </TabList>
        <TabPanel value={tab} className="grid gap-4 pt-5">
          {memories.isPending && (
            <LoadingRegion>
              <Skeleton className="h-40" />
            </LoadingRegion>
          )}
          {memories.isError && items.length === 0 && (
            <ErrorState error={memories.error} onRetry={() => void memories.refetch()} />
          )}
          {memories.isSuccess && items.length === 0 && (
            <EmptyState title={words.none} text={words.noneText} />
          )}
          <ul className="grid gap-3">
            {items.map((memory) => (
              <li key={memory.id}>
                <MemoryItem
                  memory={memory}
                  onCorrect={() => setCorrecting(memory)}
                  onForget={() => setForgetting(memory)}
                />
              </li>
            ))}
          </ul>
          {memories.hasNextPage && (
            <Button
              variant="outline"
              className="justify-self-center"
              isBusy={memories.isFetchingNextPage}
              onClick={() => void memories.fetchNextPage()}
            >
              {strings.actions.more}
            </Button>
          )}
        </TabPanel>
      </Tabs>
      {correcting !== null && <CorrectDialog memory={correcting} onClose={() => setCorrecting(null)} />}
      <Dialog
        isOpen={forgetting !== null}
        onOpenChange={() => setForgetting(null)}
        title={words.forgetTitle}
        description={forgetting?.text}
        footer={
          <>
            <Button variant="ghost" onClick={() => setForgetting(null)}>
              {strings.actions.cancel}
            </Button>
            <Button
              variant="danger"
              onClick={() => {
                if (forgetting !== null) forget.mutate(forgetting);
                setForgetting(null);
              }}
            >
              {words.forget}
            </Button>
          </>
        }
      />
    </>
  );
}
