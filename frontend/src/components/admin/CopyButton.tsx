"use client";

import { Copy } from "lucide-react";
import { toast } from "@/lib/toast";

import { Button } from "@/components/ui/Button";
import { strings } from "@/lib/strings";

const words = strings.adminJobs.letter;

interface CopyButtonProps {
  text: string;
  /** What is copied, in words. */
  what: string;
}

/** Ids and traces are there to be looked for elsewhere. */
export function CopyButton({ text, what }: CopyButtonProps) {
  async function copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(text);
      toast.success(words.copied, { duration: 1_500 });
    } catch {
      toast.error(words.copyFailed);
    }
  }
  return (
    <Button
      variant="ghost"
      size="iconSm"
      className="size-6"
      aria-label={words.copy(what)}
      title={words.copy(what)}
      onClick={() => void copy()}
    >
      <Copy aria-hidden />
    </Button>
  );
}
