"use client";

import { lazy, type ReactNode, Suspense, useState } from "react";

// Most visits open none: its code comes with the first one that is opened.
const DialogPanel = lazy(() => import("./DialogPanel"));

export interface DialogProps {
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
  title: ReactNode;
  description?: ReactNode;
  children?: ReactNode;
  /** The buttons, the most likely one last. */
  footer?: ReactNode;
  className?: string;
}

export function Dialog(props: DialogProps) {
  const [wasOpened, setWasOpened] = useState(props.isOpen);
  if (props.isOpen && !wasOpened) setWasOpened(true);
  if (!wasOpened) return null;
  return (
    <Suspense>
      <DialogPanel {...props} />
    </Suspense>
  );
}
