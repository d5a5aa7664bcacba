import { ArrowRight } from "lucide-react";
import Link from "next/link";

import { Portrait } from "@/components/companion/Portrait";
import { strings } from "@/lib/strings";

/** The way to the companion. */
export function TalkCard() {
  return (
    <Link
      href="/companion"
      className="flex items-center gap-3 rounded-xl border bg-card p-5 font-medium shadow-soft transition-shadow hover:shadow-lift"
    >
      <Portrait character="eliza" />
      {strings.person.today.talk}
      <ArrowRight aria-hidden className="ml-auto size-5 text-ink-soft" />
    </Link>
  );
}
