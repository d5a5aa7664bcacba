import Link from "next/link";

import { Button } from "@/components/ui/Button";
import { strings } from "@/lib/strings/app";

import { Wordmark } from "./Wordmark";

/** A page that leads back. */
export function Lost({ title, text }: { title: string; text: string }) {
  return (
    <main className="grid min-h-dvh place-content-center justify-items-center gap-4 p-6 text-center">
      <Wordmark />
      <h1 className="text-3xl font-semibold">{title}</h1>
      <p className="text-ink-soft max-w-prose">{text}</p>
      <Button asChild>
        <Link href="/">{strings.problem.home}</Link>
      </Button>
    </main>
  );
}
