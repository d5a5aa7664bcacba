"use client";

import { toast } from "@/lib/toast";

import { Button } from "@/components/ui/Button";
import { answered, api } from "@/lib/api/client";
import { formatMoment } from "@/lib/dates";
import { strings } from "@/lib/strings/app";
import { useAction } from "@/lib/useAction";
import type { NudgeRead, NudgeRespond } from "@/types/api";

const words = strings.person.inbox;
const ANSWERS = [
  { response: "helpful", label: words.helpful },
  { response: "not_now", label: words.notNow },
  { response: "stop", label: words.stop },
] as const;

/** A nudge, and what the person says to it. */
export function Nudge({ nudge, isOpen }: { nudge: NudgeRead; isOpen: boolean }) {
  const respond = useAction<NudgeRespond>({
    kind: "nudge",
    target: (body) => body.nudge_id,
    refresh: ["nudges"],
    send: (body, key) =>
      answered(api.POST("/api/v1/nudges/respond", { body, params: { header: { "idempotency-key": key } } })),
    onAccepted: () => toast.success(words.thanks),
  });
  return (
    <article className="bg-sunken grid gap-2 rounded-lg p-4">
      <p className="text-ink-soft text-sm">
        {words.nudge}
        {nudge.delivered_at !== null && `, ${formatMoment(nudge.delivered_at)}`}
      </p>
      <p>{nudge.text}</p>
      {isOpen && (
        <div className="flex flex-wrap gap-2">
          {ANSWERS.map(({ response, label }) => (
            <Button
              key={response}
              variant="outline"
              size="sm"
              isBusy={respond.isSending}
              onClick={() => respond.run({ nudge_id: nudge.id, response })}
            >
              {label}
            </Button>
          ))}
        </div>
      )}
      {nudge.response !== null && <p className="text-ink-soft text-sm">{words.answered[nudge.response]}</p>}
    </article>
  );
}
