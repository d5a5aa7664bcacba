import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { toast } from "@/lib/toast";

import { answered, api } from "@/lib/api/client";
import { strings } from "@/lib/strings";
import type { DeadLetterDetail, DeadLetterEdit } from "@/types/api";

import { watchRetry } from "./useRetryLetter";

/** Gives a dead letter's event new data, and sends it back if that was asked for. The editor shows what is refused. */
export function useSavePayload(letter: DeadLetterDetail, onSaved: () => void) {
  const cache = useQueryClient();
  const router = useRouter();
  return useMutation({
    mutationFn: (body: DeadLetterEdit) =>
      answered(
        api.PUT("/api/v1/admin/dead-letters/{letter_id}/edit", {
          params: { path: { letter_id: letter.id } },
          body,
        }),
      ),
    meta: { isQuiet: true },
    onSuccess: (_detail, body) => {
      onSaved();
      if (body.retry) void watchRetry(cache, letter, (path) => router.push(path));
      else toast.success(strings.adminJobs.failed.toast.saved);
    },
    onSettled: () => void cache.invalidateQueries({ queryKey: ["admin"] }),
  });
}
