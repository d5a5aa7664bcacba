/** How the whole system does. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import type { Client } from "openapi-fetch";

import { answered } from "@/lib/api/client";
import type { paths } from "@/types/api";

import { polled } from "./polling";

/** Charts do not get better by more points than they have room for. */
const POINTS = 120;

export function overviewQueries(client: Client<paths>) {
  return {
    overview: (windowMinutes: number) =>
      queryOptions({
        queryKey: ["admin", "overview", windowMinutes],
        queryFn: ({ signal }) =>
          answered(
            client.GET("/api/v1/admin/overview", {
              params: { query: { window_minutes: windowMinutes } },
              signal,
            }),
          ),
        placeholderData: keepPreviousData,
        ...polled(5_000),
      }),
    lagHistory: (windowMinutes: number) =>
      queryOptions({
        queryKey: ["admin", "lag", "history", windowMinutes],
        queryFn: ({ signal }) =>
          answered(
            client.GET("/api/v1/admin/lag/history", {
              params: { query: { window_minutes: windowMinutes, points: POINTS } },
              signal,
            }),
          ),
        placeholderData: keepPreviousData,
        ...polled(15_000),
      }),
    alerts: () =>
      queryOptions({
        queryKey: ["admin", "alerts"],
        queryFn: ({ signal }) => answered(client.GET("/api/v1/admin/alerts", { signal })),
        ...polled(10_000),
      }),
  };
}
