import type { ReactNode } from "react";

import { cn } from "@/lib/cn";

interface PanelProps {
  title: ReactNode;
  /** At the right of the title. */
  actions?: ReactNode;
  /** For tables, which reach from edge to edge. */
  isFlush?: boolean;
  className?: string;
  children: ReactNode;
}

/** A titled part of a page of the console. */
export function Panel({ title, actions, isFlush = false, className, children }: PanelProps) {
  return (
    <section className={cn("bg-card min-w-0 rounded-lg border", isFlush && "overflow-hidden", className)}>
      <div className="flex min-h-12 flex-wrap items-center justify-between gap-x-4 gap-y-1 border-b px-4 py-2">
        <h2 className="font-sans text-[0.95rem] font-semibold">{title}</h2>
        {actions}
      </div>
      <div className={isFlush ? "" : "p-4"}>{children}</div>
    </section>
  );
}
