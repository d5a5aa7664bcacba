/** Ends the session, with its streams. */
import { type NextRequest, NextResponse } from "next/server";

import { envelope } from "@/lib/server/envelope";
import { endSessionUrl } from "@/lib/server/oidc";
import { isFromUs, publicOrigin } from "@/lib/server/origin";
import { clearSession, readSession } from "@/lib/server/session";
import { endStreams } from "@/lib/server/streams";

export async function POST(request: NextRequest): Promise<Response> {
  if (!isFromUs(request)) return envelope(403, "cross_site", "This request came from another site.");
  const origin = publicOrigin(request);
  const session = await readSession(request.cookies);
  let next = new URL("/sign-in", origin);
  if (session !== null) {
    endStreams(session.id);
    next = (await endSessionUrl(session, origin)) ?? next;
  }
  const response = NextResponse.json({ next: next.toString() });
  clearSession(response.cookies.set.bind(response.cookies));
  return response;
}
