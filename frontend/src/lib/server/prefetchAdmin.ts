/** Fills the cache of a page of the console on the server, in the manner of `prefetch`. */
import "server-only";

import type { DehydratedState, QueryClient } from "@tanstack/react-query";

import { makeAdminQueries } from "@/lib/adminQueries";

import { fillCache } from "./prefetch";
import type { Session } from "./session";

type ServerAdminQueries = ReturnType<typeof makeAdminQueries>;

export async function prefetchAdmin(
  session: Session,
  load: (cache: QueryClient, queries: ServerAdminQueries) => Promise<unknown>[],
): Promise<DehydratedState> {
  return fillCache(session, (cache, client) => load(cache, makeAdminQueries(client)));
}
