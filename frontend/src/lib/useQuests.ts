import { useQuery } from "@tanstack/react-query";
import { toast } from "@/lib/toast";

import type { QuestRead, QuestRequestCreate } from "@/types/api";

import { answered, api } from "./api/client";
import { usePendingJobs, whenSettled } from "./jobs/pendingJobs";
import { queries } from "./queries";
import { strings } from "./strings/app";
import { useAction } from "./useAction";

const words = strings.person.quests;
const QUESTS = ["quests"];
const UNDO_MS = 10_000;

/** The quests proposed to the person: asked for, decided on, and decisions taken back. */
export function useQuests() {
  const proposed = useQuery(queries.quests("proposed"));
  const pending = usePendingJobs();

  const ask = useAction<QuestRequestCreate>({
    kind: "quests",
    send: (body, key) =>
      answered(api.POST("/api/v1/quests/request", { body, params: { header: { "idempotency-key": key } } })),
  });
  const reopen = useAction<QuestRead>({
    kind: "reopen",
    target: (quest) => quest.id,
    refresh: QUESTS,
    send: (quest, key) =>
      answered(
        api.POST("/api/v1/quests/reopen", {
          body: { quest_id: quest.id },
          params: { header: { "idempotency-key": key } },
        }),
      ),
    onAccepted: (_, quest) => toast.success(words.reopened(quest.title), { id: quest.id }),
  });

  function offerUndo(quest: QuestRead, jobId: string, message: string): void {
    toast(message, {
      id: quest.id,
      duration: UNDO_MS,
      action: {
        label: strings.actions.undo,
        // A decision can be taken back from the moment it took effect.
        onClick: () =>
          void whenSettled(jobId).then((outcome) => outcome === "succeeded" && reopen.run(quest)),
      },
    });
  }
  const accept = useAction<QuestRead>({
    kind: "accept",
    target: (quest) => quest.id,
    refresh: QUESTS,
    send: (quest, key) =>
      answered(
        api.POST("/api/v1/quests/accept", {
          body: { quest_id: quest.id },
          params: { header: { "idempotency-key": key } },
        }),
      ),
    onAccepted: ({ job_id }, quest) => offerUndo(quest, job_id, words.accepted(quest.title)),
  });
  const decline = useAction<QuestRead>({
    kind: "decline",
    target: (quest) => quest.id,
    refresh: QUESTS,
    send: (quest, key) =>
      answered(
        api.POST("/api/v1/quests/decline", {
          body: { quest_id: quest.id },
          params: { header: { "idempotency-key": key } },
        }),
      ),
    onAccepted: ({ job_id }, quest) => offerUndo(quest, job_id, words.declined(quest.title)),
  });

  // A decision shows at once; when it is refused, its card comes back.
  const decided = new Set([
    ...pending.filter((job) => job.kind === "accept" || job.kind === "decline").map((job) => job.target),
    accept.sending?.id,
    decline.sending?.id,
  ]);
  return {
    ...proposed,
    quests: (proposed.data?.items ?? []).filter((quest) => !decided.has(quest.id)),
    ask,
    accept,
    decline,
    isBeingWritten: ask.isSending || pending.some((job) => job.kind === "quests"),
  };
}
