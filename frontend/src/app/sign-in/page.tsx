import type { Metadata } from "next";
import { redirect } from "next/navigation";

import { DevelopmentSignIn } from "@/components/sign-in/DevelopmentSignIn";
import { Wordmark } from "@/components/shell/Wordmark";
import { Button } from "@/components/ui/Button";
import { canSignInFreely } from "@/lib/server/development";
import { hasProvider } from "@/lib/server/oidc";
import { safePath } from "@/lib/server/origin";
import { currentSession } from "@/lib/server/session";
import { strings } from "@/lib/strings/app";

export const metadata: Metadata = { title: strings.actions.signIn };

const { signIn } = strings;

interface SignInPageProps {
  searchParams: Promise<Record<string, string | string[] | undefined>>;
}

export default async function SignInPage({ searchParams }: SignInPageProps) {
  const { next: wanted, problem } = await searchParams;
  const next = safePath(typeof wanted === "string" ? wanted : null);
  if (problem === undefined && (await currentSession()) !== null) redirect(next);
  const said = signIn.problems[problem as keyof typeof signIn.problems] as string | undefined;
  return (
    <main className="from-sky-high via-sky-low to-paper relative grid min-h-dvh place-items-center overflow-hidden bg-linear-to-b to-75% p-6">
      <div className="animate-rise bg-card shadow-lift grid w-full max-w-md gap-6 rounded-xl border p-7 sm:p-9">
        <Wordmark />
        <div className="grid gap-1">
          <h1 className="text-3xl font-semibold">
            {canSignInFreely() ? signIn.developmentTitle : signIn.title}
          </h1>
          <p className="text-ink-soft">{canSignInFreely() ? signIn.developmentText : signIn.text}</p>
        </div>
        {said !== undefined && (
          <p role="alert" className="bg-yellow-soft text-yellow rounded-lg px-4 py-3">
            {said}
          </p>
        )}
        {hasProvider() && (
          <Button asChild size="lg">
            {/* Not a page of ours: the provider's. */}
            <a href={`/auth/sign-in?next=${encodeURIComponent(next)}`}>{signIn.provider}</a>
          </Button>
        )}
        {canSignInFreely() && <DevelopmentSignIn next={next} />}
        {!hasProvider() && !canSignInFreely() && <p>{signIn.unavailable}</p>}
      </div>
    </main>
  );
}
