/** The cache of what the API said: kept while the API is away, asked for again with back-off. */
import { MutationCache, QueryCache, QueryClient } from "@tanstack/react-query";

import { reportAnswer } from "@/lib/connection";

import { ApiError, isAway, sentence } from "./errors";
import { retryDelay, shouldRetry } from "./retry";

declare module "@tanstack/react-query" {
  interface Register {
    mutationMeta: {
      /** The form shows its errors itself. */
      isQuiet?: boolean;
    };
  }
}

interface Hooks {
  /** Says a failed action to the person. */
  onProblem: (message: string) => void;
  onSignedOut: () => void;
}

export function makeQueryClient({ onProblem, onSignedOut }: Hooks): QueryClient {
  function judge(error: unknown): void {
    if (error instanceof ApiError && error.status === 401) onSignedOut();
  }
  return new QueryClient({
    queryCache: new QueryCache({
      onSuccess: () => reportAnswer(true),
      onError: judge,
    }),
    mutationCache: new MutationCache({
      onSuccess: () => reportAnswer(true),
      onError: (error, _variables, _result, mutation) => {
        judge(error);
        if (isAway(error)) reportAnswer(false);
        if (mutation.meta?.isQuiet !== true) onProblem(sentence(error));
      },
    }),
    defaultOptions: {
      queries: {
        staleTime: 15_000,
        gcTime: 60 * 60_000,
        // Each failure is told, not only the last: the banner should not wait for all the retries.
        retry: (failures, error) => {
          if (isAway(error)) reportAnswer(false);
          return shouldRetry(failures, error);
        },
        retryDelay,
        // A laptop without a network still reaches a system of its own.
        networkMode: "always",
      },
      mutations: {
        retry: (failures, error) => shouldRetry(failures, error),
        retryDelay,
        networkMode: "always",
      },
    },
  });
}
