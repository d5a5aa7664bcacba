import type { ReactNode } from "react";

import { PersonShell } from "@/components/shell/PersonShell";
import { LiveProvider } from "@/lib/live/LiveProvider";
import { requireSession } from "@/lib/server/requireSession";
import { viewerOf } from "@/lib/server/session";

export default async function PersonLayout({ children }: { children: ReactNode }) {
  const viewer = viewerOf(await requireSession());
  return (
    <LiveProvider subject={viewer.subject}>
      <PersonShell viewer={viewer}>{children}</PersonShell>
    </LiveProvider>
  );
}
