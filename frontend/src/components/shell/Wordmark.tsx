import { cn } from "@/lib/cn";
import { strings } from "@/lib/strings/app";

/** The name, with a sun that rises over a horizon. */
export function Wordmark({ className }: { className?: string }) {
  return (
    <span
      className={cn(
        "inline-flex items-center gap-2.5 font-serif text-xl font-semibold tracking-tight",
        className,
      )}
    >
      <svg
        viewBox="0 0 24 24"
        className="size-6"
        aria-hidden
        fill="none"
        strokeWidth={1.75}
        strokeLinecap="round"
      >
        <path d="M6.5 15a5.5 5.5 0 0 1 11 0Z" fill="var(--sun)" />
        <path d="M2 15h20M6 19h12" stroke="currentColor" />
        <path d="M12 3.5v2M4.2 7.2l1.4 1.4M19.8 7.2l-1.4 1.4" stroke="var(--sun)" />
      </svg>
      {strings.product}
    </span>
  );
}
