import { formatDuration } from "@/lib/adminFormat";
import { cn } from "@/lib/cn";
import { placeSteps, spanOf } from "@/lib/journey/placeSteps";
import { strings } from "@/lib/strings";
import type { JourneyStep, StepKind } from "@/types/api";

const words = strings.adminJobs.job;

// What waits is pale, what works is not.
const COLOURS: Record<StepKind, string> = {
  published: "bg-line-strong/45",
  polled: "bg-line-strong/45",
  started: "bg-line-strong/45",
  waiting: "bg-line-strong/45",
  attempt: "bg-accent",
  settled: "bg-green",
  notified: "bg-sun",
  operator: "bg-ink",
};

/** The narrowest that a step is drawn, so that a moment is seen too. */
const LEAST_PERCENT = 0.8;

/** The steps one below the other, each where it was in time and as long as it took. */
export function JourneyBars({ steps }: { steps: readonly JourneyStep[] }) {
  if (steps.length === 0) return <p className="text-ink-soft text-sm">{words.journeyNone}</p>;
  return (
    <>
      <ol aria-label={words.journey} className="grid gap-y-2 text-sm">
        {placeSteps(steps).map(({ step, from, to }, index) => (
          <li
            key={index}
            className="grid grid-cols-[minmax(0,1fr)_5rem] items-center gap-x-3 sm:grid-cols-[15rem_minmax(0,1fr)_5rem]"
          >
            <StepName step={step} />
            <span
              aria-hidden
              className="bg-sunken relative order-last col-span-2 h-3 overflow-hidden rounded-full sm:order-none sm:col-span-1"
            >
              <span
                className={cn(
                  "absolute inset-y-0 rounded-full",
                  COLOURS[step.kind],
                  step.kind === "attempt" && step.detail && "bg-red",
                )}
                style={barStyle(from, to)}
              />
            </span>
            <span className="text-right tabular-nums">
              {step.kind === "operator" ? "" : formatDuration(step.seconds)}
            </span>
            {step.detail && step.kind !== "operator" && (
              <span className="text-ink-soft col-span-2 line-clamp-2 text-xs [overflow-wrap:anywhere] sm:col-span-3">
                {step.detail}
              </span>
            )}
          </li>
        ))}
      </ol>
      <p className="text-ink-soft flex flex-wrap justify-between gap-x-4 pt-3 text-xs">
        <span>{words.journeyScale}</span>
        <span className="tabular-nums">{words.journeyTotal(formatDuration(spanOf(steps)))}</span>
      </p>
    </>
  );
}

// Their kind says it all, but for a wait that has a reason.
const PLAIN = [
  "published",
  "settled",
  "polled, after waiting in Kafka",
  "started, after waiting for its turn",
];

function StepName({ step }: { step: JourneyStep }) {
  const what = whatOf(step);
  return (
    <span className="min-w-0 leading-snug [overflow-wrap:anywhere]">
      <span className="font-medium">{step.kind === "operator" ? step.detail : words.kinds[step.kind]}</span>
      {!PLAIN.includes(what) && <span className="text-ink-soft"> {what}</span>}
    </span>
  );
}

/** What the kind of the step does not say already. */
function whatOf({ kind, what }: JourneyStep): string {
  switch (kind) {
    case "operator":
      return strings.adminJobs.actions[what] ?? what;
    case "notified":
      return what.replace("the person is told: ", "");
    case "waiting":
      return what.replace(/^waits /, "");
    default:
      return what;
  }
}

function barStyle(from: number, to: number) {
  const width = Math.max(LEAST_PERCENT, (to - from) * 100);
  return { left: `${Math.min(from * 100, 100 - width)}%`, width: `${width}%` };
}
