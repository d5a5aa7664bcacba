import { lineLook } from "@/lib/lineLooks";

/** A piece of a chart's line, beside its name. */
export function LineSwatch({ look }: { look: number }) {
  const { colour, dash } = lineLook(look);
  return (
    <svg aria-hidden viewBox="0 0 20 4" className="h-1 w-5 shrink-0">
      <path d="M0 2h20" stroke={colour} strokeWidth={2.5} strokeDasharray={dash} />
    </svg>
  );
}
