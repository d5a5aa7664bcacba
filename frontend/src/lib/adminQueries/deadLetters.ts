/** Dead letters: the list, what they have in common, one of them, and the retries of many. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import type { Client } from "openapi-fetch";

import { answered } from "@/lib/api/client";
import { notePace } from "@/lib/failed/runPace";
import { momentsOf, parseSpan } from "@/lib/spans";
import type { Filters } from "@/lib/useFilters";
import type { DeadLetterDetail, DeadLetterFilter, paths } from "@/types/api";

import { polled } from "./polling";

export const LETTER_FILTERS = ["job_type", "error", "user_id", "fingerprint", "age"] as const;

/** What the address says of which letters are wanted. */
export type LetterFilters = Filters<(typeof LETTER_FILTERS)[number]>;

export const LETTERS_PAGE = 25;

/** The filter as the API knows it; an age counts from now. */
export function letterFilter({ age, ...filters }: LetterFilters, now = Date.now()): DeadLetterFilter {
  const { after, before } = momentsOf(parseSpan(age), now);
  return {
    ...filters,
    ...(after === undefined ? {} : { died_after: after }),
    ...(before === undefined ? {} : { died_before: before }),
  };
}

export function deadLetterQueries(client: Client<paths>) {
  return {
    deadLetters: (filters: LetterFilters, cursor: string | null) =>
      queryOptions({
        queryKey: ["admin", "dead-letters", "list", filters, cursor],
        queryFn: ({ signal }) =>
          answered(
            client.GET("/api/v1/admin/dead-letters", {
              params: { query: { ...letterFilter(filters), limit: LETTERS_PAGE, cursor } },
              signal,
            }),
          ),
        placeholderData: keepPreviousData,
        ...polled(5_000),
      }),
    failureGroups: (filters: LetterFilters) =>
      queryOptions({
        queryKey: ["admin", "dead-letters", "groups", filters],
        queryFn: ({ signal }) =>
          answered(
            client.GET("/api/v1/admin/dead-letters/groups", {
              params: { query: letterFilter(filters) },
              signal,
            }),
          ),
        placeholderData: keepPreviousData,
        ...polled(5_000),
      }),
    deadLetter: (id: string) =>
      queryOptions({
        queryKey: ["admin", "dead-letters", "one", id],
        queryFn: async ({ signal }) => {
          const letter = await answered(
            client.GET("/api/v1/admin/dead-letters/{letter_id}", {
              params: { path: { letter_id: id } },
              signal,
            }),
          );
          // openapi-fetch takes the pairs of the headers for lists of any length.
          return letter as DeadLetterDetail;
        },
        ...polled(3_000),
      }),
    /** Counted anew each time: what a plan said a minute ago is no ground to act on. */
    retryPlan: (filter: DeadLetterFilter) =>
      queryOptions({
        queryKey: ["admin", "dead-letters", "plan", filter],
        queryFn: ({ signal }) =>
          answered(client.POST("/api/v1/admin/dead-letters/plan", { body: filter, signal })),
        staleTime: 0,
        gcTime: 0,
      }),
    retryRuns: () =>
      queryOptions({
        queryKey: ["admin", "dead-letters", "runs"],
        queryFn: async ({ signal }) => {
          const runs = await answered(client.GET("/api/v1/admin/dead-letters/runs", { signal }));
          for (const run of runs) notePace(run);
          return runs;
        },
        ...polled(3_000),
      }),
    retryRun: (id: string) =>
      queryOptions({
        queryKey: ["admin", "dead-letters", "run", id],
        queryFn: async ({ signal }) => {
          const run = await answered(
            client.GET("/api/v1/admin/dead-letters/runs/{run_id}", {
              params: { path: { run_id: id } },
              signal,
            }),
          );
          notePace(run);
          return run;
        },
        ...polled(1_000),
      }),
    eventTypes: () =>
      queryOptions({
        queryKey: ["admin", "event-types"],
        queryFn: ({ signal }) => answered(client.GET("/api/v1/admin/event-types", { signal })),
        // They change with a deployment.
        staleTime: 5 * 60_000,
      }),
    eventType: (type: string) =>
      queryOptions({
        queryKey: ["admin", "event-types", type],
        queryFn: ({ signal }) =>
          answered(
            client.GET("/api/v1/admin/event-types/{event_type}", {
              params: { path: { event_type: type } },
              signal,
            }),
          ),
        staleTime: 5 * 60_000,
      }),
  };
}
