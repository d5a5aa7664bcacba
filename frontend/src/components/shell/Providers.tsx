"use client";

import { QueryClientProvider } from "@tanstack/react-query";
import { setNonce } from "get-nonce";
import { type ReactNode, useState } from "react";
import { toast } from "@/lib/toast";

import { Toaster } from "@/components/ui/Toaster";
import { makeQueryClient } from "@/lib/api/queryClient";
import { leaveSignedOut } from "@/lib/signOut";

/** What every page needs. The nonce lets Radix add the style that stops scrolling behind a dialog. */
export function Providers({ nonce, children }: { nonce: string; children: ReactNode }) {
  const [cache] = useState(() => {
    setNonce(nonce);
    return makeQueryClient({
      // The same sentence from several requests is one toast.
      onProblem: (message) => toast.error(message, { id: message }),
      onSignedOut: leaveSignedOut,
    });
  });
  return (
    <QueryClientProvider client={cache}>
      {children}
      <Toaster />
    </QueryClientProvider>
  );
}
