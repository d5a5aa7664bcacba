import { Sparkles } from "lucide-react";
import Link from "next/link";

import { Card } from "@/components/ui/Card";
import { formatEssence } from "@/lib/formatEssence";
import { strings } from "@/lib/strings/app";
import type { ProgressRead } from "@/types/api";

const words = strings.person;

export function EssenceCard({ progress }: { progress: ProgressRead }) {
  return (
    <Card aria-label={words.today.essence} className="flex items-center gap-3">
      <Sparkles aria-hidden className="text-sun size-9" strokeWidth={1.5} />
      <div>
        <h2 className="text-ink-soft font-sans text-sm font-medium">
          <Link href="/progress" className="rounded-sm hover:underline">
            {words.today.essence}
          </Link>
        </h2>
        <p className="font-serif text-2xl font-semibold tabular-nums" data-testid="essence">
          {formatEssence(progress.essence)}
        </p>
      </div>
      <p className="text-ink-soft ml-auto max-w-28 text-right text-sm">
        {words.today.missionsDone(progress.missions_completed)}
      </p>
    </Card>
  );
}
