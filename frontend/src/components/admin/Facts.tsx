import type { ReactNode } from "react";

import { CopyButton } from "./CopyButton";

export interface Fact {
  label: string;
  value: ReactNode;
  /** Makes it something to copy, in the font of ids. */
  copy?: string | null | undefined;
}

/** What is known, one line each; what is not known is left out. */
export function Facts({ facts }: { facts: readonly Fact[] }) {
  return (
    <dl className="grid text-sm">
      {facts
        .filter(({ value }) => value !== null && value !== undefined && value !== "")
        .map(({ label, value, copy }, index) => (
          <div
            key={`${label}:${index}`}
            className="flex min-h-9 items-start justify-between gap-4 border-b py-1.5 last:border-b-0"
          >
            <dt className="text-ink-soft shrink-0">{label}</dt>
            <dd className="flex min-w-0 items-start gap-1 text-right">
              <span
                className={
                  copy
                    ? "font-mono text-[0.8rem] leading-6 [overflow-wrap:anywhere]"
                    : "min-w-0 [overflow-wrap:anywhere]"
                }
              >
                {value}
              </span>
              {copy && <CopyButton text={copy} what={label} />}
            </dd>
          </div>
        ))}
    </dl>
  );
}
