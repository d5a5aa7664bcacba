"use client";

import { Toaster as Sonner } from "sonner";

import { strings } from "@/lib/strings";

export function Toaster() {
  return (
    <Sonner
      theme="system"
      position="bottom-right"
      closeButton
      containerAriaLabel={strings.toasts}
      mobileOffset={{ bottom: "5.5rem" }}
      toastOptions={{ duration: 6000 }}
    />
  );
}
