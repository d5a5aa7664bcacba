import { cn } from "@/lib/cn";
import { strings } from "@/lib/strings/app";

/** The place of something that is being loaded. */
export function Skeleton({ className }: { className?: string }) {
  return <div aria-hidden className={cn("animate-breathe bg-sunken rounded-lg", className)} />;
}

export function LoadingRegion({ children }: { children: React.ReactNode }) {
  return (
    <div role="status" aria-label={strings.loading}>
      {children}
    </div>
  );
}
