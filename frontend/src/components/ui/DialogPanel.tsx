"use client";

import { X } from "lucide-react";
import { Dialog as RadixDialog } from "radix-ui";
import { useRef } from "react";

import { cn } from "@/lib/cn";
import { strings } from "@/lib/strings/app";

import { Button } from "./Button";
import type { DialogProps } from "./Dialog";

/** A dialog as Radix makes it; `Dialog` loads it when it is needed. */
export default function DialogPanel({
  isOpen,
  onOpenChange,
  title,
  description,
  children,
  footer,
  className,
}: DialogProps) {
  const opener = useRef<Element>(null);
  return (
    <RadixDialog.Root open={isOpen} onOpenChange={onOpenChange}>
      <RadixDialog.Portal>
        <RadixDialog.Overlay className="animate-appear fixed inset-0 z-40 bg-[rgb(20_18_30/0.45)] backdrop-blur-[2px]" />
        <RadixDialog.Content
          onOpenAutoFocus={() => {
            opener.current = document.activeElement;
          }}
          // Radix leads back to a trigger of its own; ours are opened by any button.
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            if (opener.current instanceof HTMLElement) opener.current.focus();
          }}
          {...(description ? {} : { "aria-describedby": undefined })}
          className={cn(
            "animate-rise bg-raised shadow-lift fixed inset-x-0 bottom-0 z-50 grid max-h-[92dvh] gap-4 overflow-y-auto rounded-t-xl border p-6 sm:inset-auto sm:top-1/2 sm:left-1/2 sm:w-full sm:max-w-lg sm:-translate-1/2 sm:rounded-xl",
            className,
          )}
        >
          <div className="grid gap-1.5 pr-10">
            <RadixDialog.Title className="text-xl font-semibold">{title}</RadixDialog.Title>
            {description && (
              <RadixDialog.Description className="text-ink-soft">{description}</RadixDialog.Description>
            )}
          </div>
          {children}
          {footer && <div className="flex flex-wrap justify-end gap-2 pt-2">{footer}</div>}
          <RadixDialog.Close asChild>
            <Button
              variant="ghost"
              size="iconSm"
              className="absolute top-4 right-4"
              aria-label={strings.actions.close}
            >
              <X />
            </Button>
          </RadixDialog.Close>
        </RadixDialog.Content>
      </RadixDialog.Portal>
    </RadixDialog.Root>
  );
}
