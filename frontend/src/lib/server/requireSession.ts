/** What a page asks first: who is there, and may they be. */
import "server-only";

import { forbidden, redirect } from "next/navigation";

import { currentSession, type Session } from "./session";

export async function requireSession(): Promise<Session> {
  return (await currentSession()) ?? redirect("/sign-in");
}

/** For pages of operators: 403 for everybody else. The edge checks the token again on every request. */
export async function requireOperator(): Promise<Session> {
  const session = await requireSession();
  if (!session.roles.includes("operator")) forbidden();
  return session;
}
