"use client";

import { CircleAlert, CircleCheck } from "lucide-react";

import type { PayloadProblem } from "@/lib/payload/checkPayload";
import { strings } from "@/lib/strings";

const words = strings.adminJobs.payload;

interface PayloadProblemsProps {
  id: string;
  problems: readonly PayloadProblem[];
  isChanged: boolean;
  hasSchema: boolean;
  onGoTo: (line: number) => void;
}

/** What is wrong with the text, each with a way to its line. */
export function PayloadProblems({ id, problems, isChanged, hasSchema, onGoTo }: PayloadProblemsProps) {
  return (
    <div id={id} role="status" className="text-sm">
      {problems.length === 0 ? (
        <p className="text-ink-soft flex items-center gap-1.5">
          {isChanged && hasSchema && <CircleCheck aria-hidden className="text-green size-4" />}
          {!isChanged ? words.unchanged : hasSchema && words.fits}
        </p>
      ) : (
        <>
          <p className="text-red flex items-center gap-1.5 font-medium">
            <CircleAlert aria-hidden className="size-4" />
            {words.problems(problems.length)}
          </p>
          <ul className="grid gap-0.5 pt-1">
            {problems.map((problem, index) => (
              <li key={index} className="flex items-baseline gap-2">
                <button
                  type="button"
                  className="text-accent min-w-14 shrink-0 rounded-sm text-left underline underline-offset-2"
                  onClick={() => onGoTo(problem.line)}
                >
                  {words.goTo(problem.line)}
                </button>
                <span className="[overflow-wrap:anywhere]">
                  {problem.field === "" ? words.whole : <code className="font-mono">{problem.field}</code>}{" "}
                  {problem.message}
                </span>
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}
