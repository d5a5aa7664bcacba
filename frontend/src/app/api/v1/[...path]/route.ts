/** Passes requests on to the edge with the person's token; streams stay streams. It decides nothing else. */
import type { NextRequest } from "next/server";

import { envelope } from "@/lib/server/envelope";
import { isFromUs } from "@/lib/server/origin";
import { readSession } from "@/lib/server/session";
import { settings } from "@/lib/server/settings";
import { registerStream } from "@/lib/server/streams";

const TO_EDGE = ["accept", "content-type", "idempotency-key", "last-event-id", "x-request-id", "traceparent"];
const TO_BROWSER = ["content-type", "content-disposition", "location", "retry-after", "x-request-id"];
const RETRY_AFTER_SECONDS = 2;

async function forward(request: NextRequest): Promise<Response> {
  if (!isFromUs(request)) return envelope(403, "cross_site", "This request came from another site.");
  const session = await readSession(request.cookies);
  if (session === null) return envelope(401, "signed_out", "You are signed out.");

  const { pathname, search, searchParams } = request.nextUrl;
  const headers = pick(request.headers, TO_EDGE);
  const isStream = pathname.startsWith("/api/v1/sse/") && request.method === "GET";
  // A ticket says who reads the stream; with it an ingress may lead streams past this server.
  if (!searchParams.has("ticket")) headers.set("authorization", `Bearer ${session.token}`);
  const init: RequestInit & { duplex?: "half" } = {
    method: request.method,
    headers,
    body: request.body,
    duplex: "half",
    redirect: "manual",
    cache: "no-store",
    signal: isStream ? registerStream(session.id, request.signal) : request.signal,
  };
  let answer: Response;
  try {
    answer = await fetch(`${settings().apiUrl}${pathname}${search}`, init);
  } catch {
    if (request.signal.aborted) return new Response(null, { status: 499 });
    return envelope(503, "edge_away", "Delight cannot be reached right now.", {
      "Retry-After": String(RETRY_AFTER_SECONDS),
    });
  }
  const back = pick(answer.headers, TO_BROWSER);
  // `no-transform` keeps compression from holding frames back.
  back.set("cache-control", isStream ? "no-cache, no-transform" : "no-store");
  if (isStream) back.set("x-accel-buffering", "no");
  return new Response(answer.body, { status: answer.status, headers: back });
}

function pick(from: Headers, names: readonly string[]): Headers {
  const picked = new Headers();
  for (const name of names) {
    const value = from.get(name);
    if (value !== null) picked.set(name, value);
  }
  return picked;
}

export { forward as DELETE, forward as GET, forward as PATCH, forward as POST, forward as PUT };
