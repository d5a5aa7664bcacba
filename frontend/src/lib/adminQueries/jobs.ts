/** Jobs: find them, look into the jobs of one event, and follow the way that it took. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import type { Client } from "openapi-fetch";

import { answered } from "@/lib/api/client";
import { ApiError } from "@/lib/api/errors";
import { momentsOf, parseSpan } from "@/lib/spans";
import type { Filters } from "@/lib/useFilters";
import type { JobDetail, JobStatus, paths } from "@/types/api";

import { polled } from "./polling";

export const JOB_FILTERS = ["job_type", "status", "user_id", "error", "settled"] as const;

/** What the address says of which jobs are wanted. */
export type JobFilters = Filters<(typeof JOB_FILTERS)[number]>;

export const JOBS_PAGE = 25;

export function jobQueries(client: Client<paths>) {
  return {
    jobs: ({ settled, status, ...filters }: JobFilters, cursor: string | null) =>
      queryOptions({
        queryKey: ["admin", "jobs", "list", { ...filters, status, settled }, cursor],
        queryFn: ({ signal }) => {
          const { after, before } = momentsOf(parseSpan(settled), Date.now());
          const query = {
            ...filters,
            status: status as JobStatus | undefined,
            since: after,
            until: before,
            limit: JOBS_PAGE,
            cursor,
          };
          return answered(client.GET("/api/v1/admin/jobs", { params: { query }, signal }));
        },
        placeholderData: keepPreviousData,
        ...polled(5_000),
      }),
    /** Empty while nothing was settled yet: then only the journey knows of the event. */
    jobsOfEvent: (eventId: string) =>
      queryOptions({
        queryKey: ["admin", "jobs", "event", eventId],
        queryFn: async ({ signal }): Promise<JobDetail[]> => {
          try {
            return await answered(
              client.GET("/api/v1/admin/jobs/{event_id}", {
                params: { path: { event_id: eventId } },
                signal,
              }),
            );
          } catch (error) {
            if (error instanceof ApiError && error.status === 404) return [];
            throw error;
          }
        },
        ...polled(3_000),
      }),
    journey: (eventId: string) =>
      queryOptions({
        queryKey: ["admin", "jobs", "journey", eventId],
        queryFn: ({ signal }) =>
          answered(
            client.GET("/api/v1/admin/jobs/{event_id}/journey", {
              params: { path: { event_id: eventId } },
              signal,
            }),
          ),
        ...polled(3_000),
      }),
  };
}
