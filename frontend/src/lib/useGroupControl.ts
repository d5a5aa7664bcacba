import { useMutation, useQueryClient } from "@tanstack/react-query";

import { answered, api } from "./api/client";
import { strings } from "./strings";
import { toast } from "./toast";

const words = strings.admin.groups;

/** Pauses and resumes groups; the pages that show them are asked for again. */
export function useGroupControl() {
  const cache = useQueryClient();
  const refresh = () =>
    Promise.all(
      [
        ["admin", "groups"],
        ["admin", "overview"],
        ["admin", "actions"],
      ].map((queryKey) => cache.invalidateQueries({ queryKey })),
    );
  const pause = useMutation({
    mutationFn: ({ group, reason }: { group: string; reason: string }) =>
      answered(
        api.POST("/api/v1/admin/groups/{group}/pause", { params: { path: { group } }, body: { reason } }),
      ),
    // The dialog shows it.
    meta: { isQuiet: true },
    onSuccess: (_, { group }) => toast.success(words.pausedNow(group)),
    onSettled: refresh,
  });
  const resume = useMutation({
    mutationFn: (group: string) =>
      answered(api.POST("/api/v1/admin/groups/{group}/resume", { params: { path: { group } } })),
    onSuccess: (_, group) => toast.success(words.resumedNow(group)),
    onSettled: refresh,
  });
  return { pause, resume };
}
