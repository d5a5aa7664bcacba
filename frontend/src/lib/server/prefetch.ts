/** Fills a page's cache on the server, so that it arrives with its content. What fails is asked for again in the browser. */
import "server-only";

import { dehydrate, type DehydratedState, QueryClient } from "@tanstack/react-query";
import createClient, { type Client } from "openapi-fetch";

import { makeQueries } from "@/lib/queries";
import type { paths } from "@/types/api";

import type { Session } from "./session";
import { settings } from "./settings";

// A slow API must not keep the page: the browser asks again.
const PATIENCE_MS = 1_500;

type ServerQueries = ReturnType<typeof makeQueries>;

export async function prefetch(
  session: Session,
  load: (cache: QueryClient, queries: ServerQueries) => Promise<unknown>[],
): Promise<DehydratedState> {
  return fillCache(session, (cache, client) => load(cache, makeQueries(client)));
}

export async function fillCache(
  session: Session,
  load: (cache: QueryClient, client: Client<paths>) => Promise<unknown>[],
): Promise<DehydratedState> {
  const client = createClient<paths>({
    baseUrl: settings().apiUrl,
    headers: { authorization: `Bearer ${session.token}` },
    fetch: (request) => fetch(request, { cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS) }),
  });
  const cache = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  await Promise.allSettled(load(cache, client));
  return dehydrate(cache);
}
