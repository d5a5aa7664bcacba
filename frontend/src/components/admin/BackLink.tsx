import { ChevronLeft } from "lucide-react";
import Link from "next/link";
import type { ReactNode } from "react";

/** From one thing to the list that it is in. */
export function BackLink({ href, children }: { href: string; children: ReactNode }) {
  return (
    <Link
      href={href}
      className="text-ink-soft hover:text-ink mb-2 -ml-1 inline-flex items-center gap-0.5 rounded-md py-1 pr-2 text-sm"
    >
      <ChevronLeft aria-hidden className="size-4" />
      {children}
    </Link>
  );
}
