import { ArrowRight } from "lucide-react";
import Link from "next/link";

import { Portrait } from "@/components/companion/Portrait";
import { strings } from "@/lib/strings/app";

/** The way to the companion. */
export function TalkCard() {
  return (
    <Link
      href="/companion"
      className="bg-card shadow-soft hover:shadow-lift flex items-center gap-3 rounded-xl border p-5 font-medium transition-shadow"
    >
      <Portrait character="eliza" />
      {strings.person.today.talk}
      <ArrowRight aria-hidden className="text-ink-soft ml-auto size-5" />
    </Link>
  );
}
