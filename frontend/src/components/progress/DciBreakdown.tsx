import { strings } from "@/lib/strings/app";
import type { DciBreakdown as Breakdown } from "@/types/api";

const words = strings.person.progress;
const FACTORS = [
  "streak",
  "completion",
  "engagement",
  "response",
] as const satisfies readonly (keyof Breakdown)[];

/** The four factors of the index. */
export function DciBreakdown({ breakdown }: { breakdown: Breakdown }) {
  return (
    <div>
      <h3 className="pb-3 text-lg font-semibold">{words.breakdown}</h3>
      <ul className="grid gap-x-8 gap-y-4 sm:grid-cols-2">
        {FACTORS.map((factor) => {
          const percent = Math.round(breakdown[factor] * 100);
          return (
            <li key={factor} className="grid gap-1.5">
              <div className="flex items-baseline justify-between gap-3">
                <span>
                  <span className="font-medium">{words.factors[factor].name}</span>{" "}
                  <span className="text-ink-soft text-sm">{words.factors[factor].text}</span>
                </span>
                <span className="tabular-nums">{percent}</span>
              </div>
              <div aria-hidden className="bg-sunken h-2 overflow-hidden rounded-full">
                <div className="bg-sun h-full rounded-full" style={{ width: `${percent}%` }} />
              </div>
            </li>
          );
        })}
      </ul>
    </div>
  );
}
