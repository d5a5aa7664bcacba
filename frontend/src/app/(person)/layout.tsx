import type { ReactNode } from "react";

import { Arrivals } from "@/components/inbox/Arrivals";
import { PersonShell } from "@/components/shell/PersonShell";
import { JobWatch } from "@/lib/jobs/JobWatch";
import { LiveProvider } from "@/lib/live/LiveProvider";
import { requireSession } from "@/lib/server/requireSession";
import { viewerOf } from "@/lib/server/session";

export default async function PersonLayout({ children }: { children: ReactNode }) {
  const viewer = viewerOf(await requireSession());
  return (
    <LiveProvider subject={viewer.subject}>
      <JobWatch />
      <Arrivals />
      <PersonShell viewer={viewer}>{children}</PersonShell>
    </LiveProvider>
  );
}
