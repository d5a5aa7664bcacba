"use client";

import { useQuery } from "@tanstack/react-query";
import dynamic from "next/dynamic";
import { useState } from "react";

import { Card, CardTitle } from "@/components/ui/Card";
import { ErrorState } from "@/components/ui/ErrorState";
import { PageTitle } from "@/components/ui/PageTitle";
import { LoadingRegion, Skeleton } from "@/components/ui/Skeleton";
import { Tab, TabList, TabPanel, Tabs } from "@/components/ui/Tabs";
import { queries, type WindowDays } from "@/lib/queries";
import { strings } from "@/lib/strings/app";

import { DciBreakdown } from "./DciBreakdown";
import { EssenceLedger } from "./EssenceLedger";
import { StreakCalendar } from "./StreakCalendar";

// The chart's library is large: it comes with the page's first idle moment.
const DciChart = dynamic(() => import("./DciChart").then((module) => module.DciChart), {
  ssr: false,
  loading: () => <Skeleton className="h-60" />,
});

const words = strings.person.progress;
const WINDOWS = [7, 30, 90] as const satisfies readonly WindowDays[];

export function Progress() {
  const [days, setDays] = useState<WindowDays>(30);
  const history = useQuery(queries.dci(days));
  const today = history.data?.days.at(-1);
  return (
    <>
      <PageTitle title={words.title} lead={words.lead} />
      <div className="grid grid-cols-1 gap-6">
        <Tabs
          value={String(days)}
          onValueChange={(value) => setDays(WINDOWS.find((it) => String(it) === value) ?? 30)}
        >
          <Card className="grid grid-cols-1 gap-5">
            <div className="flex flex-wrap items-center justify-between gap-3">
              <CardTitle>{strings.person.today.dci}</CardTitle>
              <TabList aria-label={words.window}>
                {WINDOWS.map((it) => (
                  <Tab key={it} value={String(it)}>
                    {words.windows[it]}
                  </Tab>
                ))}
              </TabList>
            </div>
            <TabPanel value={String(days)} className="grid grid-cols-1 gap-6">
              {history.data !== undefined ? (
                <>
                  <DciChart days={history.data.days} window={days} />
                  {today !== undefined && <DciBreakdown breakdown={today.breakdown} />}
                </>
              ) : history.isError ? (
                <ErrorState error={history.error} onRetry={() => void history.refetch()} />
              ) : (
                <LoadingRegion>
                  <Skeleton className="h-80" />
                </LoadingRegion>
              )}
            </TabPanel>
          </Card>
        </Tabs>
        <div className="grid grid-cols-1 items-start gap-6 xl:grid-cols-2">
          <StreakCalendar />
          <EssenceLedger />
        </div>
      </div>
    </>
  );
}
