/** Before every page: the security headers, the way to signing in, and a fresh token where the old one ends soon. */
import { type NextRequest, NextResponse } from "next/server";

import { contentSecurityPolicy, SECURITY_HEADERS } from "@/lib/server/contentSecurity";
import { isNearlyOver, renew } from "@/lib/server/oidc";
import { publicOrigin } from "@/lib/server/origin";
import { clearSession, readSession, type Session, writeSession } from "@/lib/server/session";
import { settings } from "@/lib/server/settings";

const OPEN = ["/sign-in", "/auth/", "/livez", "/readyz", "/monitoring"];

export async function proxy(request: NextRequest): Promise<NextResponse> {
  const { pathname, search } = request.nextUrl;
  const nonce = crypto.randomUUID().replaceAll("-", "");
  const policy = contentSecurityPolicy(nonce, process.env.NODE_ENV === "development");
  const before = await readSession(request.cookies);
  const session = await freshened(before);

  const isOpen = OPEN.some((prefix) => pathname.startsWith(prefix));
  let response: NextResponse;
  if (session === null && !isOpen && !pathname.startsWith("/api/")) {
    const next = pathname === "/" ? "" : `?next=${encodeURIComponent(`${pathname}${search}`)}`;
    response = NextResponse.redirect(new URL(`/sign-in${next}`, publicOrigin(request)));
  } else {
    if (session !== null && session !== before)
      await writeSession((name, value) => request.cookies.set(name, value), session);
    const headers = new Headers(request.headers);
    headers.set("x-nonce", nonce);
    headers.set("Content-Security-Policy", policy);
    response = NextResponse.next({ request: { headers } });
  }
  if (session !== before) {
    if (session === null) clearSession(response.cookies.set.bind(response.cookies));
    else await writeSession(response.cookies.set.bind(response.cookies), session);
  }
  response.headers.set("Content-Security-Policy", policy);
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.headers.set(name, value);
  if (settings().webUrl?.startsWith("https:")) {
    response.headers.set("Strict-Transport-Security", "max-age=63072000; includeSubDomains");
  }
  return response;
}

/** The session with a token that holds for a while; null when the provider ended it. */
async function freshened(session: Session | null): Promise<Session | null> {
  if (session?.refreshToken === undefined || !isNearlyOver(session)) return session;
  try {
    return await renew(session);
  } catch {
    // The provider cannot be reached: the token may still hold for a minute, and then the edge says no.
    return session;
  }
}

export const config = {
  matcher: ["/((?!_next/static|_next/image|favicon.ico|icon.svg|manifest.webmanifest).*)"],
};
