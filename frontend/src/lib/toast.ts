/** Short messages at the edge of the screen. Their library is loaded with the first one: many visits see none. */
import { useSyncExternalStore } from "react";
import type { ExternalToast } from "sonner";

type Kind = "message" | "success" | "error";

let isWanted = false;
const listeners = new Set<() => void>();

function say(kind: Kind, message: string, options?: ExternalToast): void {
  if (!isWanted) {
    isWanted = true;
    for (const listener of listeners) listener();
  }
  // Those that come before the `Toaster` is there are kept for it.
  void import("sonner").then(({ toast: { [kind]: show } }) => show(message, options));
}

export const toast = Object.assign(
  (message: string, options?: ExternalToast) => say("message", message, options),
  {
    success: (message: string, options?: ExternalToast) => say("success", message, options),
    error: (message: string, options?: ExternalToast) => say("error", message, options),
  },
);

/** Whether there was a message yet. */
export function useIsToasterWanted(): boolean {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => isWanted,
    () => false,
  );
}
