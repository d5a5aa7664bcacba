import type { ReactNode } from "react";

interface PageTitleProps {
  title: ReactNode;
  lead?: ReactNode;
  actions?: ReactNode;
}

export function PageTitle({ title, lead, actions }: PageTitleProps) {
  return (
    <header className="flex flex-wrap items-end justify-between gap-x-6 gap-y-3 pb-6">
      <div>
        <h1 className="text-3xl font-semibold tracking-tight sm:text-4xl">{title}</h1>
        {lead && <p className="text-ink-soft pt-1">{lead}</p>}
      </div>
      {actions}
    </header>
  );
}
