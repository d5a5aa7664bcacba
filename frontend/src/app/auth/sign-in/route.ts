/** Sends the person to the identity provider. */
import { type NextRequest, NextResponse } from "next/server";

import { beginSignIn, FLOW_COOKIE, hasProvider } from "@/lib/server/oidc";
import { publicOrigin, safePath } from "@/lib/server/origin";
import { cookieOptions } from "@/lib/server/session";

export async function GET(request: NextRequest): Promise<NextResponse> {
  const origin = publicOrigin(request);
  if (!hasProvider()) return NextResponse.redirect(new URL("/sign-in", origin));
  try {
    const { url, flow } = await beginSignIn(origin, safePath(request.nextUrl.searchParams.get("next")));
    const response = NextResponse.redirect(url);
    response.cookies.set(FLOW_COOKIE.name, flow, cookieOptions(FLOW_COOKIE.seconds));
    return response;
  } catch {
    return NextResponse.redirect(new URL("/sign-in?problem=provider", origin));
  }
}
