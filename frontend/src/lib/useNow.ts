import { useSyncExternalStore } from "react";

/** The time, again every `everyMs`; null while the page comes from the server, whose clock is not the person's. */
export function useNow(everyMs: number): Date | null {
  const tick = useSyncExternalStore(
    (listener) => {
      const timer = setInterval(listener, everyMs);
      return () => clearInterval(timer);
    },
    () => Math.floor(Date.now() / everyMs),
    () => null,
  );
  return tick === null ? null : new Date(tick * everyMs);
}
