/** Signs a developer in as anybody. In production it does not exist. */
import { type NextRequest, NextResponse } from "next/server";
import { z } from "zod";

import { canSignInFreely, DEVELOPMENT_ROLES, developmentSession } from "@/lib/server/development";
import { envelope } from "@/lib/server/envelope";
import { isFromUs, publicOrigin, safePath } from "@/lib/server/origin";
import { writeSession } from "@/lib/server/session";

const form = z.object({
  subject: z
    .string()
    .trim()
    .min(1)
    .max(255)
    // As the API has it: no control characters.
    .regex(/^[^\x00-\x1f\x7f]+$/),
  roles: z.array(z.enum(DEVELOPMENT_ROLES)).min(1),
  next: z.string(),
});

export async function POST(request: NextRequest): Promise<Response> {
  if (!canSignInFreely()) return envelope(404, "not_found", "There is nothing at this address.");
  if (!isFromUs(request)) return envelope(403, "cross_site", "This request came from another site.");
  const origin = publicOrigin(request);
  const sent = await request.formData();
  const wanted = form.safeParse({
    subject: sent.get("subject"),
    roles: sent.getAll("roles"),
    next: sent.get("next") ?? "/",
  });
  if (!wanted.success) return NextResponse.redirect(new URL("/sign-in?problem=form", origin), 303);
  const response = NextResponse.redirect(new URL(safePath(wanted.data.next), origin), 303);
  await writeSession(
    response.cookies.set.bind(response.cookies),
    await developmentSession(wanted.data.subject, wanted.data.roles),
  );
  return response;
}
