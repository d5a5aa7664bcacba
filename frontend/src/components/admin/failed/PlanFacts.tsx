import { TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";

import { formatAge, formatCount, formatUsd } from "@/lib/adminFormat";
import { strings } from "@/lib/strings";
import type { JobTypePlan, RetryPlan } from "@/types/api";

const words = strings.adminJobs.plan;

/** How many, whose, how old, what it will cost, and what will come to nothing. */
export function PlanFacts({ plan }: { plan: RetryPlan }) {
  if (plan.letters === 0) return <p>{words.nothing}</p>;
  return (
    <div className="grid gap-4">
      <dl className="flex flex-wrap gap-x-8 gap-y-3">
        <Number label={words.letters}>{formatCount(plan.letters)}</Number>
        <Number label={words.people}>{formatCount(plan.people)}</Number>
        <Number label={words.oldest}>{strings.admin.ago(formatAge(plan.oldest_age_seconds))}</Number>
        <Number label={words.tokens}>{words.about(formatCount(plan.estimated_tokens))}</Number>
        <Number label={words.cost}>{words.about(formatUsd(plan.estimated_usd))}</Number>
      </dl>
      {plan.hopeless > 0 && <Warning>{words.hopeless(plan.hopeless)}</Warning>}
      {plan.skipped > 0 && <Warning>{words.skipped(plan.skipped)}</Warning>}
      {plan.job_types.length > 1 && <ByJobType rows={plan.job_types} />}
    </div>
  );
}

function Number({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div>
      <dt className="text-ink-soft text-xs">{label}</dt>
      <dd className="text-lg font-semibold whitespace-nowrap tabular-nums">{children}</dd>
    </div>
  );
}

function Warning({ children }: { children: ReactNode }) {
  return (
    <p className="bg-yellow-soft text-yellow flex gap-2.5 rounded-lg px-3.5 py-2.5 text-sm">
      <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
      <span>{children}</span>
    </p>
  );
}

const { byType } = words;

function ByJobType({ rows }: { rows: readonly JobTypePlan[] }) {
  return (
    <div role="region" aria-label={byType.caption} tabIndex={0} className="overflow-x-auto">
      <table className="w-full text-left text-sm">
        <caption className="sr-only">{byType.caption}</caption>
        <thead className="text-ink-soft border-b text-xs">
          <tr>
            <th scope="col" className="py-1.5 pr-3 font-medium">
              {byType.type}
            </th>
            {[byType.letters, byType.skipped, byType.each, byType.tokens, byType.cost].map((header) => (
              <th key={header} scope="col" className="py-1.5 pl-3 text-right font-medium whitespace-nowrap">
                {header}
              </th>
            ))}
          </tr>
        </thead>
        <tbody className="divide-y">
          {rows.map((row) => (
            <tr key={row.job_type}>
              <th scope="row" className="py-1.5 pr-3 font-medium whitespace-nowrap">
                {row.job_type}
              </th>
              {[
                formatCount(row.letters),
                formatCount(row.skipped),
                formatCount(row.tokens_per_job),
                formatCount(row.estimated_tokens),
                formatUsd(row.estimated_usd),
              ].map((value, index) => (
                <td key={index} className="py-1.5 pl-3 text-right tabular-nums">
                  {value}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
