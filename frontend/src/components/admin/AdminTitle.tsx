import type { ReactNode } from "react";

interface AdminTitleProps {
  title: ReactNode;
  lead?: ReactNode;
  /** At the right: the window, how fresh the page is, buttons. */
  actions?: ReactNode;
}

/** The title of a page of the console. */
export function AdminTitle({ title, lead, actions }: AdminTitleProps) {
  return (
    <header className="flex flex-wrap items-center justify-between gap-x-6 gap-y-2 pb-4">
      <div>
        <h1 className="text-2xl font-semibold tracking-tight">{title}</h1>
        {lead && <p className="text-ink-soft text-sm">{lead}</p>}
      </div>
      {actions && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
    </header>
  );
}
