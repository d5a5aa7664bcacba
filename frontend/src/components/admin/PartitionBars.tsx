import { formatCount } from "@/lib/adminFormat";
import { strings } from "@/lib/strings";
import type { PartitionLag } from "@/types/api";

const WIDE = 4;
const NARROW = 2;
const MANY = 40;
const HEIGHT = 16;

/** The lag of every partition as a bar: one high bar is one slow person, all high is a group that is too slow. */
export function PartitionBars({ partitions }: { partitions: readonly PartitionLag[] }) {
  const bar = partitions.length > MANY ? NARROW : WIDE;
  const worst = Math.max(1, ...partitions.map((it) => it.lag));
  const waiting = partitions.filter((it) => it.lag > 0).length;
  return (
    <span className="flex items-center gap-2.5">
      <svg
        aria-hidden
        width={partitions.length * bar}
        height={HEIGHT}
        className="shrink-0"
        shapeRendering="crispEdges"
      >
        {partitions.map(({ topic, partition, lag }, index) => {
          const height = lag === 0 ? 1 : Math.max(3, Math.round((lag / worst) * HEIGHT));
          return (
            <rect
              key={`${topic}:${partition}`}
              x={index * bar}
              y={HEIGHT - height}
              width={bar - 1}
              height={height}
              fill={lag === 0 ? "var(--line-strong)" : "var(--sun)"}
            />
          );
        })}
      </svg>
      <span className="text-ink-soft whitespace-nowrap">
        {strings.admin.groups.partitions.summary(formatCount(waiting), formatCount(partitions.length))}
      </span>
    </span>
  );
}
