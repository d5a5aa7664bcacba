/** Where the identity provider sends people back to. */
import { type NextRequest, NextResponse } from "next/server";

import { FLOW_COOKIE, finishSignIn } from "@/lib/server/oidc";
import { publicOrigin, safePath } from "@/lib/server/origin";
import { cookieOptions, writeSession } from "@/lib/server/session";

export async function GET(request: NextRequest): Promise<NextResponse> {
  const origin = publicOrigin(request);
  // The address as the provider knows it: behind a proxy, ours is another.
  const returned = new URL(`${request.nextUrl.pathname}${request.nextUrl.search}`, origin);
  let response: NextResponse;
  try {
    const { session, next } = await finishSignIn(returned, request.cookies.get(FLOW_COOKIE.name)?.value);
    response = NextResponse.redirect(new URL(safePath(next), origin));
    await writeSession(response.cookies.set.bind(response.cookies), session);
  } catch {
    response = NextResponse.redirect(new URL("/sign-in?problem=refused", origin));
  }
  response.cookies.set(FLOW_COOKIE.name, "", cookieOptions(0));
  return response;
}
