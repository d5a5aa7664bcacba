import { NOTHING } from "@/lib/adminFormat";
import { cn } from "@/lib/cn";

interface FailureTextProps {
  type: string | null | undefined;
  message: string | null | undefined;
  className?: string;
}

/** What went wrong, in two lines at most: the error's own name, and what it says. */
export function FailureText({ type, message, className }: FailureTextProps) {
  if (!type) return NOTHING;
  const name = type.split(".").at(-1) ?? type;
  return (
    <span className={cn("block min-w-0", className)} title={message ?? undefined}>
      <span className="text-red font-mono text-[0.8rem]" title={type}>
        {name}
      </span>
      {message && (
        <span className="text-ink-soft line-clamp-2 text-[0.8rem] leading-snug [overflow-wrap:anywhere]">
          {message}
        </span>
      )}
    </span>
  );
}
