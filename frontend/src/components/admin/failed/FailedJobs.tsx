"use client";

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { AdminTitle } from "@/components/admin/AdminTitle";
import { Freshness } from "@/components/admin/Freshness";
import { Button } from "@/components/ui/Button";
import { Tab, TabList, TabPanel, Tabs } from "@/components/ui/Tabs";
import { adminQueries } from "@/lib/adminQueries";
import { LETTER_FILTERS, letterFilter } from "@/lib/adminQueries/deadLetters";
import { strings } from "@/lib/strings";
import { useFilters } from "@/lib/useFilters";

import { ActiveRuns } from "./ActiveRuns";
import { FailureGroups } from "./FailureGroups";
import { LetterFilterBar } from "./LetterFilterBar";
import { Letters } from "./Letters";
import { RetryDialog, type RetryTarget } from "./RetryDialog";
import { RunList } from "./RunList";

const words = strings.adminJobs.failed;
const titles = strings.adminJobs.plan;
const NAMES = [...LETTER_FILTERS, "view"] as const;

/** Where an operator goes after an alert: what is dead, why, and the way back to life. */
export function FailedJobs() {
  const address = useFilters(NAMES);
  const { view = "letters", ...filters } = address.filters;
  const isFiltered = Object.keys(filters).length > 0;
  const [target, setTarget] = useState<RetryTarget | null>(null);
  const groups = useQuery(adminQueries.failureGroups(filters));
  const kinds = groups.data ?? [];
  const total = sum(kinds.map((it) => it.count));

  return (
    <>
      <AdminTitle
        title={words.title}
        lead={groups.data && words.lead(total, kinds.length, sum(kinds.map((it) => it.people)), isFiltered)}
        actions={
          <>
            <Freshness query={groups} />
            <Button
              size="sm"
              disabled={total === 0}
              onClick={() =>
                setTarget({
                  title: isFiltered ? titles.titleMatching : titles.titleAll,
                  filter: letterFilter(filters),
                })
              }
            >
              {isFiltered ? words.retryMatching : words.retryAll}
            </Button>
          </>
        }
      />
      {view !== "runs" && <ActiveRuns onShow={() => address.setFilters({ view: "runs" })} />}
      <Tabs
        value={view}
        onValueChange={(next) => address.setFilters({ view: next === "letters" ? null : next })}
      >
        <TabList aria-label={words.tabs.label} className="mb-4">
          <Tab value="letters">{words.tabs.letters}</Tab>
          <Tab value="groups">{words.tabs.groups}</Tab>
          <Tab value="runs">{words.tabs.runs}</Tab>
        </TabList>
        {view !== "runs" && (
          <LetterFilterBar
            filters={filters}
            isFiltered={isFiltered}
            onChange={address.setFilters}
            onClear={() =>
              address.setFilters({ job_type: null, error: null, user_id: null, fingerprint: null, age: null })
            }
          />
        )}
        <TabPanel value="letters" tabIndex={-1}>
          <Letters
            filters={filters}
            isFiltered={isFiltered}
            cursor={address.cursor}
            onCursor={address.setCursor}
            onRetryMany={(ids) => setTarget({ title: titles.titleSelected, filter: { ids: [...ids] } })}
          />
        </TabPanel>
        <TabPanel value="groups" tabIndex={-1}>
          <FailureGroups
            groups={groups}
            isFiltered={isFiltered}
            onShow={({ job_type, fingerprint }) => address.setFilters({ job_type, fingerprint, view: null })}
            onRetry={({ job_type, fingerprint }) =>
              setTarget({
                title: titles.titleGroup,
                filter: letterFilter({ ...filters, job_type, ...(fingerprint ? { fingerprint } : {}) }),
              })
            }
          />
        </TabPanel>
        <TabPanel value="runs" tabIndex={-1}>
          <RunList />
        </TabPanel>
      </Tabs>
      {target !== null && <RetryDialog target={target} onClose={() => setTarget(null)} />}
    </>
  );
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
