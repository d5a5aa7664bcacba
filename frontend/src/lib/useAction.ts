import { useMutation, useQueryClient } from "@tanstack/react-query";

import type { JobAccepted } from "@/types/api";

import { newIdempotencyKey } from "./api/client";
import { addJob, type JobKind } from "./jobs/pendingJobs";

interface ActionOptions<Variables> {
  kind: JobKind;
  /** Sends it. The key is the same for every try of one press. */
  send: (variables: Variables, idempotencyKey: string) => Promise<JobAccepted>;
  target?: (variables: Variables) => string;
  /** Query keys to ask for again when it was refused: what is shown is old then. */
  refresh?: readonly string[];
  onAccepted?: (accepted: JobAccepted, variables: Variables) => void;
}

/** An action of the person: sent with retries, and followed until its job is done. */
export function useAction<Variables>(options: ActionOptions<Variables>) {
  const cache = useQueryClient();
  const mutation = useMutation({
    mutationFn: ({ variables, key }: { variables: Variables; key: string }) => options.send(variables, key),
    onSuccess: (accepted, { variables }) => {
      addJob({ id: accepted.job_id, kind: options.kind, target: options.target?.(variables) });
      options.onAccepted?.(accepted, variables);
    },
    onError: () => {
      if (options.refresh) void cache.invalidateQueries({ queryKey: options.refresh });
    },
  });
  return {
    run: (variables: Variables) => mutation.mutate({ variables, key: newIdempotencyKey() }),
    isSending: mutation.isPending,
    /** What is being sent now. */
    sending: mutation.isPending ? mutation.variables.variables : undefined,
  };
}
