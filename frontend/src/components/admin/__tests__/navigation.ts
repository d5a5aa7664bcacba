/** Next's hooks in tests: like Next itself, they follow the history of the window. */
import { useMemo, useSyncExternalStore } from "react";

const listeners = new Set<() => void>();
const push = window.history.pushState.bind(window.history);

window.history.pushState = (...state) => {
  push(...state);
  for (const listener of listeners) listener();
};

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function usePathname(): string {
  return useSyncExternalStore(subscribe, () => window.location.pathname);
}

export function useSearchParams(): URLSearchParams {
  const search = useSyncExternalStore(subscribe, () => window.location.search);
  return useMemo(() => new URLSearchParams(search), [search]);
}
