/** The consumer groups: who works in them, and what waits for them. */
import { queryOptions } from "@tanstack/react-query";
import type { Client } from "openapi-fetch";

import { answered } from "@/lib/api/client";
import { ApiError } from "@/lib/api/errors";
import type { LagSnapshot, paths } from "@/types/api";

import { polled } from "./polling";

export function groupQueries(client: Client<paths>) {
  return {
    groups: () =>
      queryOptions({
        queryKey: ["admin", "groups"],
        queryFn: ({ signal }) => answered(client.GET("/api/v1/admin/groups", { signal })),
        ...polled(5_000),
      }),
    /** Null while no monitor measures: the rest of the page goes on without it. */
    lag: () =>
      queryOptions({
        queryKey: ["admin", "lag", "now"],
        queryFn: async ({ signal }): Promise<LagSnapshot | null> => {
          try {
            return await answered(client.GET("/api/v1/admin/lag", { signal }));
          } catch (error) {
            if (error instanceof ApiError && error.code === "service_unavailable") return null;
            throw error;
          }
        },
        ...polled(5_000),
      }),
  };
}
