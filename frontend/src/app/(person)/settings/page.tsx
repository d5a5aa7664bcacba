import { HydrationBoundary } from "@tanstack/react-query";
import type { Metadata } from "next";

import { Settings } from "@/components/settings/Settings";
import { prefetch } from "@/lib/server/prefetch";
import { requireSession } from "@/lib/server/requireSession";
import { strings } from "@/lib/strings/app";

export const metadata: Metadata = { title: strings.person.settings.title };

export default async function SettingsPage() {
  const session = await requireSession();
  const state = await prefetch(session, (cache, queries) => [
    cache.query(queries.me()),
    cache.query(queries.nudgePreferences()),
    cache.query(queries.cost()),
  ]);
  return (
    <HydrationBoundary state={state}>
      <Settings />
    </HydrationBoundary>
  );
}
