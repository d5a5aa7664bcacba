"use client";

import { CloudOff } from "lucide-react";
import { useEffect, useRef } from "react";
import { toast } from "@/lib/toast";

import { Button } from "@/components/ui/Button";
import { probeNow, useIsReachable } from "@/lib/connection";
import { strings } from "@/lib/strings/app";

/** Says that the API is away, for as long as it is. What was loaded stays. */
export function ConnectionBanner() {
  const isReachable = useIsReachable();
  const wasReachable = useRef(true);
  useEffect(() => {
    if (isReachable && !wasReachable.current) toast.success(strings.connection.back, { id: "connection" });
    wasReachable.current = isReachable;
  }, [isReachable]);
  return (
    <div role="status" aria-live="polite" className="sticky top-0 z-30">
      {!isReachable && (
        <div className="animate-appear bg-yellow-soft text-yellow flex flex-wrap items-center justify-center gap-x-3 gap-y-1 px-4 py-2 text-sm">
          <CloudOff aria-hidden className="size-4" />
          <span>{strings.connection.away}</span>
          <Button variant="outline" size="sm" className="h-7 border-current text-current" onClick={probeNow}>
            {strings.connection.tryNow}
          </Button>
        </div>
      )}
    </div>
  );
}
