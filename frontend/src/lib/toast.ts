/** Short messages at the edge of the screen. Their library is loaded with the first one: many visits see none. */
import { useSyncExternalStore } from "react";
import type { ExternalToast } from "sonner";

type Kind = "message" | "info" | "loading" | "success" | "error";
type Say = (message: string, options?: ExternalToast) => void;

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

function sayer(kind: Kind): Say {
  return (message, options) => say(kind, message, options);
}

export const toast = Object.assign(sayer("message"), {
  info: sayer("info"),
  loading: sayer("loading"),
  success: sayer("success"),
  error: sayer("error"),
});

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
