import {
  Ban,
  Check,
  CircleDashed,
  CircleSlash,
  Clock,
  Hourglass,
  type LucideIcon,
  Play,
  RotateCw,
  Skull,
} from "lucide-react";

import { Badge, type Tone } from "@/components/ui/Badge";
import { strings } from "@/lib/strings";
import type { JobStatus } from "@/types/api";

const LOOKS: Record<JobStatus, { tone: Tone; icon: LucideIcon }> = {
  queued: { tone: "neutral", icon: CircleDashed },
  running: { tone: "accent", icon: Play },
  retrying: { tone: "yellow", icon: RotateCw },
  snoozed: { tone: "neutral", icon: Clock },
  succeeded: { tone: "green", icon: Check },
  rejected: { tone: "neutral", icon: CircleSlash },
  expired: { tone: "neutral", icon: Hourglass },
  cancelled: { tone: "neutral", icon: Ban },
  dead: { tone: "red", icon: Skull },
};

/** Colour, icon and word: nobody has to tell colours apart. */
export function JobStatusBadge({ status }: { status: JobStatus }) {
  const { tone, icon: Icon } = LOOKS[status];
  return (
    <Badge tone={tone}>
      <Icon aria-hidden />
      {strings.admin.status[status]}
    </Badge>
  );
}
