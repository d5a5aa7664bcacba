import type { ReactNode } from "react";

import { cn } from "@/lib/cn";

interface EmptyStateProps {
  title: ReactNode;
  text?: ReactNode;
  action?: ReactNode;
  className?: string;
}

export function EmptyState({ title, text, action, className }: EmptyStateProps) {
  return (
    <div
      className={cn(
        "border-line-strong grid justify-items-center gap-2 rounded-xl border border-dashed px-6 py-10 text-center",
        className,
      )}
    >
      <p className="font-serif text-lg font-semibold">{title}</p>
      {text && <p className="text-ink-soft max-w-prose">{text}</p>}
      {action && <div className="pt-2">{action}</div>}
    </div>
  );
}
