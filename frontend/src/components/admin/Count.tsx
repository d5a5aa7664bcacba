import Link from "next/link";

import { formatCount, NOTHING } from "@/lib/adminFormat";
import { cn } from "@/lib/cn";

interface CountProps {
  /** Null is unknown. */
  value: number | null;
  /** The page of what is counted. */
  href?: string;
  className?: string;
}

/** A number of a table. Zeros stand back, so that the eye finds what is not. */
export function Count({ value, href, className }: CountProps) {
  if (value === null) return <span className="text-ink-soft">{NOTHING}</span>;
  if (value === 0) return <span className="text-ink-soft">0</span>;
  const count = <span className={cn("font-medium", className)}>{formatCount(value)}</span>;
  return href === undefined ? (
    count
  ) : (
    <Link href={href} className={cn("underline-offset-2 hover:underline", className)}>
      {count}
    </Link>
  );
}
