import { type QueryClient, useMutation, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { toast } from "@/lib/toast";

import { adminQueries } from "@/lib/adminQueries";
import { answered, api } from "@/lib/api/client";
import { strings } from "@/lib/strings";
import type { DeadLetterDetail, DeadLetterRead } from "@/types/api";

import { letterPath } from "./letterPath";

type Letter = Pick<DeadLetterRead, "id" | "job_type" | "user_id">;

const words = strings.adminJobs.failed.toast;
const FIRST_LOOK_MS = 400;
const RARE_LOOK_MS = 5_000;
const LONGEST_WATCH_MS = 45_000;

/** Sends a dead letter back to its group, and says what became of it. */
export function useRetryLetter() {
  const cache = useQueryClient();
  const router = useRouter();
  return useMutation({
    mutationFn: (letter: Letter) =>
      answered(
        api.POST("/api/v1/admin/dead-letters/{letter_id}/retry", {
          params: { path: { letter_id: letter.id } },
        }),
      ),
    onSuccess: (_retried, letter) => {
      void watchRetry(cache, letter, (path) => router.push(path));
    },
    // Also when it was refused: what is shown is old then.
    onSettled: () => void cache.invalidateQueries({ queryKey: ["admin"] }),
  });
}

/** One toast that goes from "on its way" to what became of it. */
export async function watchRetry(
  cache: QueryClient,
  { id, job_type: job, user_id: person }: Letter,
  open: (path: string) => void,
): Promise<void> {
  const toastId = `retry:${id}`;
  const look = { label: words.look, onClick: () => open(letterPath(id)) };
  toast.loading(words.retrying(job, person), { id: toastId, duration: Infinity });
  const ended = await untilSettled(cache, id);
  const shown = { id: toastId, duration: 6_000, action: look };
  if (ended === undefined) {
    toast.info(words.slow(job, person), shown);
    return;
  }
  switch (ended.status) {
    case "retrying":
    case "snoozed":
      toast.info(words.slow(job, person), shown);
      break;
    case "succeeded":
      toast.success(words.succeeded(job, person), shown);
      break;
    case "dead":
      toast.error(words.died(job, person), { ...shown, description: ended.error?.message });
      break;
    default:
      toast.info(words.ended(job, person, strings.admin.status[ended.status]), shown);
  }
  void cache.invalidateQueries({ queryKey: ["admin"] });
}

async function untilSettled(cache: QueryClient, id: string): Promise<DeadLetterDetail | undefined> {
  const giveUpAt = Date.now() + LONGEST_WATCH_MS;
  let letter: DeadLetterDetail | undefined;
  for (let looks = 0; Date.now() < giveUpAt; looks++) {
    await new Promise((resolve) => setTimeout(resolve, Math.min(RARE_LOOK_MS, FIRST_LOOK_MS * 1.5 ** looks)));
    try {
      letter = await cache.query({ ...adminQueries.deadLetter(id), staleTime: 0 });
    } catch {
      // The banner says that the API is away; the list shows what became of it.
      continue;
    }
    if (letter.status !== "retrying" && letter.status !== "snoozed") return letter;
  }
  return letter;
}
