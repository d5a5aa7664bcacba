/** What operators did. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import type { Client } from "openapi-fetch";

import { answered } from "@/lib/api/client";
import type { paths } from "@/types/api";

import { polled } from "./polling";

export type ActionQuery = NonNullable<paths["/api/v1/admin/actions"]["get"]["parameters"]["query"]>;

export function auditQueries(client: Client<paths>) {
  return {
    actions: (query: ActionQuery) =>
      queryOptions({
        queryKey: ["admin", "actions", query],
        queryFn: ({ signal }) => answered(client.GET("/api/v1/admin/actions", { params: { query }, signal })),
        placeholderData: keepPreviousData,
        ...polled(15_000),
      }),
  };
}
