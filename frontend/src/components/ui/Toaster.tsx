"use client";

import { lazy, Suspense } from "react";

import { strings } from "@/lib/strings/app";
import { useIsToasterWanted } from "@/lib/toast";
import { useTheme } from "@/lib/useTheme";

const Sonner = lazy(async () => ({ default: (await import("sonner")).Toaster }));

export function Toaster() {
  const theme = useTheme();
  if (!useIsToasterWanted()) return null;
  return (
    <Suspense>
      <Sonner
        theme={theme}
        position="bottom-right"
        closeButton
        containerAriaLabel={strings.toasts}
        mobileOffset={{ bottom: "5.5rem" }}
        toastOptions={{ duration: 6000 }}
      />
    </Suspense>
  );
}
