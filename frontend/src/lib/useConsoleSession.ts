import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";

import { onReturn } from "@/lib/connection";
import { onSignOut } from "@/lib/signOut";

/** Asks for everything again when the API is back, and leaves with the other tabs when somebody signs out. */
export function useConsoleSession(): void {
  const cache = useQueryClient();
  useEffect(() => {
    const stopReturn = onReturn(() => void cache.invalidateQueries());
    const stopSignOut = onSignOut(() => cache.clear());
    return () => {
      stopReturn();
      stopSignOut();
    };
  }, [cache]);
}
