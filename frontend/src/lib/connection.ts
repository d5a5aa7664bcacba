/** Whether the API can be reached, as this tab last saw it. While it is away, it is asked with back-off until it is back. */
import { useSyncExternalStore } from "react";

import { retryDelay } from "./api/retry";

type Listener = () => void;

let isReachable = true;
const listeners = new Set<Listener>();
const returns = new Set<Listener>();
let probing: ReturnType<typeof setTimeout> | null = null;

/** Tells that a request was answered, or that nobody was there to answer it. */
export function reportAnswer(wasAnswered: boolean): void {
  if (wasAnswered === isReachable) return;
  isReachable = wasAnswered;
  if (isReachable) {
    if (probing !== null) clearTimeout(probing);
    probing = null;
    for (const listener of returns) listener();
  } else {
    probe(0);
  }
  for (const listener of listeners) listener();
}

/** Calls `listener` each time the API is back. */
export function onReturn(listener: Listener): () => void {
  returns.add(listener);
  return () => returns.delete(listener);
}

export function useIsReachable(): boolean {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => isReachable,
    () => true,
  );
}

/** Asks at once, for somebody who does not want to wait. */
export function probeNow(): void {
  if (isReachable) return;
  if (probing !== null) clearTimeout(probing);
  void ask(0);
}

function probe(failures: number): void {
  probing = setTimeout(() => void ask(failures), retryDelay(failures));
}

async function ask(failures: number): Promise<void> {
  const answer = await fetch("/readyz", { cache: "no-store" }).catch(() => null);
  if (answer?.ok === true) reportAnswer(true);
  else if (!isReachable) probe(Math.min(failures + 1, 6));
}
