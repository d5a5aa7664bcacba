import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { adminQueries } from "@/lib/adminQueries";
import type { DeadLetterDetail } from "@/types/api";

/** Of which type the edited event is: its own, or of a record that does not say, one that its group handles. */
export function useEventType(letter: DeadLetterDetail) {
  const types = useQuery({ ...adminQueries.eventTypes(), enabled: letter.event_type === null });
  const [chosen, setChosen] = useState<string | null>(null);
  const choices = types.data?.filter((it) => it.groups.includes(letter.job_type)).map((it) => it.type) ?? [];
  const said = headerOf(letter, "ce_type");
  const first = choices.find((it) => it === said) ?? choices[0] ?? null;
  return { eventType: letter.event_type ?? chosen ?? first, choices, choose: setChosen };
}

function headerOf(letter: DeadLetterDetail, wanted: string): string | null {
  return letter.headers.find(([name]) => name.toLowerCase() === wanted)?.[1] ?? null;
}
