import { CirclePause, TriangleAlert, Unplug, ZapOff } from "lucide-react";

import { Badge } from "@/components/ui/Badge";
import { strings } from "@/lib/strings";

interface GroupFlagsProps {
  isPaused: boolean;
  breaker: string | null | undefined;
  workers: number;
  lost: number | null | undefined;
  state: string | null | undefined;
}

const words = strings.admin.flags;

/** What is unusual about a group; a green word when nothing is. */
export function GroupFlags({ isPaused, breaker, workers, lost, state }: GroupFlagsProps) {
  const isFine =
    !isPaused && (breaker ?? "closed") === "closed" && workers > 0 && !lost && state !== "rebalancing";
  if (isFine)
    return (
      <span className="text-ink-soft inline-flex items-center gap-1.5">
        <span aria-hidden className="bg-green size-1.5 rounded-full" />
        {words.working}
      </span>
    );
  return (
    <span className="flex flex-wrap gap-1">
      {isPaused && (
        <Badge tone="yellow">
          <CirclePause aria-hidden />
          {words.paused}
        </Badge>
      )}
      {breaker === "open" && (
        <Badge tone="red">
          <ZapOff aria-hidden />
          {words.breakerOpen}
        </Badge>
      )}
      {breaker === "half_open" && (
        <Badge tone="yellow">
          <ZapOff aria-hidden />
          {words.breakerHalfOpen}
        </Badge>
      )}
      {workers === 0 && (
        <Badge tone="red">
          <Unplug aria-hidden />
          {words.noWorkers}
        </Badge>
      )}
      {state === "rebalancing" && <Badge>{words.rebalancing}</Badge>}
      {(lost ?? 0) > 0 && (
        <Badge tone="red">
          <TriangleAlert aria-hidden />
          {words.lost(lost ?? 0)}
        </Badge>
      )}
    </span>
  );
}
